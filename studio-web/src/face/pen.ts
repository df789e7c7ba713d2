/** Strokes on the paper, in centimetres. */
import type { Basis } from "./basis.ts";
import type { Shape } from "./shape.ts";

export type Point = readonly [x: number, y: number];
export type Line = Point[];

/** The lines of one half of a face: side 0 is the subject's left. */
export function lineOf(basis: Basis, shape: Shape, name: string, side: number): Line {
  const [first, count] = basis.lines.get(name) as [number, number];
  const out: Line = [];
  for (let k = 0; k < count; k++) {
    const at = 3 * (first + k + side * basis.count);
    out.push([shape.flat[at], shape.flat[at + 1]]);
  }
  return out;
}

/** A line of both halves, from the far end on the subject's right over the middle to the left. */
export function acrossOf(basis: Basis, shape: Shape, name: string): Line {
  return [...lineOf(basis, shape, name, 1).reverse(), ...lineOf(basis, shape, name, 0).slice(1)];
}

export class Pen {
  constructor(
    readonly context: CanvasRenderingContext2D,
    readonly ink: string,
    readonly paper: string,
  ) {}

  /** A stroke of even width. */
  stroke(line: Line, widthCm: number, strength: number): void {
    if (strength <= 0.01 || line.length < 2) return;
    const { context } = this;
    context.globalAlpha = Math.min(1, strength);
    context.strokeStyle = this.ink;
    context.lineWidth = widthCm;
    context.lineCap = context.lineJoin = "round";
    context.beginPath();
    trace(context, line);
    context.stroke();
    context.globalAlpha = 1;
  }

  /** A stroke that swells to `widthCm` where `swell` (0 to 1 along it) is 1, and ends in points. */
  swelling(line: Line, widthCm: number, strength: number, swell: (along: number) => number = hump): void {
    if (strength <= 0.01 || line.length < 2) return;
    const upper: Line = [];
    const lower: Line = [];
    for (let k = 0; k < line.length; k++) {
      const [ax, ay] = line[Math.max(0, k - 1)];
      const [bx, by] = line[Math.min(line.length - 1, k + 1)];
      const length = Math.hypot(bx - ax, by - ay) || 1;
      const half = (swell(k / (line.length - 1)) * widthCm) / 2;
      const [nx, ny] = [(-(by - ay) / length) * half, ((bx - ax) / length) * half];
      upper.push([line[k][0] + nx, line[k][1] + ny]);
      lower.push([line[k][0] - nx, line[k][1] - ny]);
    }
    this.fill([...upper, ...lower.reverse()], strength);
  }

  fill(outline: Line, strength: number, colour: string = this.ink): void {
    const { context } = this;
    context.globalAlpha = Math.min(1, strength);
    context.fillStyle = colour;
    context.beginPath();
    for (const [x, y] of outline) context.lineTo(x, y);
    context.closePath();
    context.fill();
    context.globalAlpha = 1;
  }

  /** Draws only inside an outline. */
  inside(outline: Line, draw: () => void): void {
    this.context.save();
    this.context.beginPath();
    for (const [x, y] of outline) this.context.lineTo(x, y);
    this.context.clip();
    draw();
    this.context.restore();
  }
}

/** Nothing at both ends, full in the middle. */
export function hump(along: number): number {
  return Math.sqrt(Math.max(0, Math.sin(Math.PI * along)));
}

function trace(context: CanvasRenderingContext2D, line: Line): void {
  context.moveTo(line[0][0], line[0][1]);
  for (let k = 1; k < line.length - 1; k++) {
    const [x, y] = line[k];
    const [nx, ny] = line[k + 1];
    context.quadraticCurveTo(x, y, (x + nx) / 2, (y + ny) / 2);
  }
  const [x, y] = line[line.length - 1];
  context.lineTo(x, y);
}
