/** The drawn face: a neutral face that seventeen units, a turning head and two eyes move. */
import type { Basis } from "./basis.ts";
import { drawBrow, drawEye } from "./eyes.ts";
import { drawFolds } from "./folds.ts";
import { drawMouth, drawNose } from "./mouth.ts";
import { Pen } from "./pen.ts";
import { neutral, type Pose } from "./pose.ts";
import { newShape, setShape } from "./shape.ts";
import { Surface, VIEW } from "./surface.ts";

/** The tone's picture is finer than the canvas, so that its edge is soft and not stepped; and no finer than need be. */
const FINER = 1.4;
const MOST_ACROSS = 560;
const FADED = 0.22;

export interface Inks {
  ink: readonly [number, number, number];
  paper: readonly [number, number, number];
  dark: boolean;
}

export class Face {
  private readonly shape;
  private readonly surface;
  private readonly context: CanvasRenderingContext2D;
  private last: Pose = neutral();

  constructor(
    readonly canvas: HTMLCanvasElement,
    private readonly basis: Basis,
  ) {
    this.shape = newShape(basis);
    this.surface = new Surface(basis, Math.min(MOST_ACROSS, Math.round(canvas.width * FINER)));
    this.context = canvas.getContext("2d") as CanvasRenderingContext2D;
  }

  /** Draws a pose. One that was not read shows the last one that was, faded. */
  draw(pose: Pose, inks: Inks): void {
    if (pose.read) this.last = { ...pose, left: pose.left.slice(), right: pose.right.slice() };
    setShape(this.shape, this.basis, this.last);
    this.surface.draw(this.shape, inks.ink, inks.dark);
    const { canvas, context } = this;
    const scale = Math.min(canvas.width / VIEW.width, canvas.height / VIEW.height);
    const left = (canvas.width - VIEW.width * scale) / 2;
    const top = (canvas.height - VIEW.height * scale) / 2;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.imageSmoothingQuality = "high";
    canvas.style.opacity = pose.read ? "1" : String(FADED);
    context.drawImage(this.surface.canvas, left, top, VIEW.width * scale, VIEW.height * scale);
    context.setTransform(scale, 0, 0, scale, left - VIEW.left * scale, top - VIEW.top * scale);
    // On dark paper the head itself is light, and the lines on it are dark in both cases.
    const [lines, white] = inks.dark ? [inks.paper, inks.ink.map((part) => part * 0.72)] : [inks.ink, inks.paper];
    this.lines(new Pen(context, `rgb(${lines.join(" ")})`, `rgb(${white.join(" ")})`));
  }

  private lines(pen: Pen): void {
    const { basis, shape, last } = this;
    drawFolds(pen, basis, shape, last);
    for (const side of [0, 1]) {
      drawNose(pen, basis, shape, side);
      drawEye(pen, basis, shape, last, side);
      drawBrow(pen, basis, shape, side);
    }
    drawMouth(pen, basis, shape, last);
  }
}
