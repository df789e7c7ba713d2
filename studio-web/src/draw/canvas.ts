/** Canvases that are sharp on any screen. */

export interface Area {
  context: CanvasRenderingContext2D;
  /** CSS pixels. */
  width: number;
  height: number;
}

const MOST_PIXELS_A_PIXEL = 2;

/** Sets a canvas to its size in CSS pixels and clears it; the context draws in CSS pixels. */
export function clear(canvas: HTMLCanvasElement, width: number, height: number): Area {
  const ratio = Math.min(MOST_PIXELS_A_PIXEL, window.devicePixelRatio || 1);
  const across = Math.round(width * ratio);
  const down = Math.round(height * ratio);
  const context = canvas.getContext("2d") as CanvasRenderingContext2D;
  if (canvas.width !== across || canvas.height !== down) {
    canvas.width = across;
    canvas.height = down;
  } else {
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, across, down);
  }
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return { context, width, height };
}

/** A hairline that does not blur: whole pixels and a half. */
export function hairline(context: CanvasRenderingContext2D, x1: number, y1: number, x2: number, y2: number): void {
  context.beginPath();
  context.moveTo(Math.round(x1) + 0.5, Math.round(y1) + 0.5);
  context.lineTo(Math.round(x2) + 0.5, Math.round(y2) + 0.5);
  context.stroke();
}

/** Slanting lines over a stretch that was not read. */
export function hatch(area: Area, left: number, right: number, top: number, bottom: number, colour: string): void {
  if (right - left < 1) return;
  const { context } = area;
  context.save();
  context.beginPath();
  context.rect(left, top, right - left, bottom - top);
  context.clip();
  context.strokeStyle = colour;
  context.lineWidth = 1;
  context.beginPath();
  const height = bottom - top;
  for (let x = Math.floor((left - height) / 6) * 6; x < right; x += 6) {
    context.moveTo(x, bottom);
    context.lineTo(x + height, top);
  }
  context.stroke();
  context.restore();
}
