/** The camera's picture and, over it, the points that were read; mirrored, as in a mirror. Nothing of it is kept. */

import { h } from "../src/page/dom";
import type { Look } from "../src/worker/protocol";

/** The 68 points as lines: jaw, brows, nose, eyes, mouth; a true closes the line. */
const LINES: readonly [number, number, boolean][] = [
  [0, 17, false],
  [17, 22, false],
  [22, 27, false],
  [27, 31, false],
  [31, 36, false],
  [36, 42, true],
  [42, 48, true],
  [48, 60, true],
  [60, 68, true],
];

export class Mirror {
  readonly element: HTMLElement;
  private readonly video = h("video", { playsinline: true, "aria-hidden": "true" });
  private readonly canvas = h("canvas");
  private readonly off: HTMLElement;

  constructor(label: string, off: string) {
    this.off = h("p.off", {}, off);
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", label);
    this.element = h("div.mirror", {}, this.video, this.canvas, this.off);
    this.video.muted = true;
  }

  stream(stream: MediaStream | null): void {
    this.video.srcObject = stream;
    this.off.hidden = stream !== null;
    if (stream === null) this.canvas.width = this.canvas.width + 0;
    else void this.video.play().catch(() => undefined);
  }

  draw(look: Look | null): void {
    const { canvas } = this;
    const context = canvas.getContext("2d");
    if (context === null) return;
    if (look === null) return context.clearRect(0, 0, canvas.width, canvas.height);
    const [width, height] = look.sizePx;
    if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
    context.clearRect(0, 0, width, height);
    const unit = width / 640;
    context.fillStyle = "rgb(255 255 255 / .45)";
    for (let i = 0; i < look.mesh.length; i += 3) context.fillRect(look.mesh[i] - 0.5 * unit, look.mesh[i + 1] - 0.5 * unit, unit, unit);
    context.lineWidth = 1.6 * unit;
    context.strokeStyle = "#5fd0e6";
    for (const [from, to, closed] of LINES) {
      context.beginPath();
      for (let i = from; i < to; i++) context.lineTo(look.points[2 * i], look.points[2 * i + 1]);
      if (closed) context.closePath();
      context.stroke();
    }
  }
}
