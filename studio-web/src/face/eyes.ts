/** Eyes and brows. */
import type { Basis } from "./basis.ts";
import { type Line, lineOf, type Pen } from "./pen.ts";
import type { Pose } from "./pose.ts";
import { project, type Shape, turning } from "./shape.ts";

const IRIS_CM = 0.6;
const PUPIL_CM = 0.27;
const HAIRS = 30;

export function drawEye(pen: Pen, basis: Basis, shape: Shape, pose: Pose, side: number): void {
  const upper = lineOf(basis, shape, "lid_upper", side);
  const lower = lineOf(basis, shape, "lid_lower", side);
  // A blink upon tight lids would carry the upper lid past the lower one: there they meet.
  const met = upper.map(([x, y], k): readonly [number, number] => [x, Math.min(y, lower[k][1])]);
  const opening = [...met, ...[...lower].reverse()];
  pen.fill(opening, 1, pen.paper);
  pen.inside(opening, () => drawIris(pen, basis, pose, side, met));
  pen.stroke(lower, 0.055, 0.5);
  const lash = met.map(([x, y], k): readonly [number, number] => [x, y - 0.05 - 0.05 * (k / met.length)]);
  pen.swelling(lash, 0.3, 0.95, (along) => 0.22 + 0.78 * Math.sin(Math.PI * Math.min(1, 0.12 + along * 0.8)) ** 0.7);
  pen.swelling(lineOf(basis, shape, "crease", side), 0.09, 0.55);
}

function drawIris(pen: Pen, basis: Basis, pose: Pose, side: number, upper: Line): void {
  const { context } = pen;
  const { eye } = basis;
  const out: number[] = [0, 0, 0];
  const dx = Math.sin(pose.gazeX) * Math.cos(pose.gazeY);
  const dy = Math.sin(pose.gazeY);
  const dz = Math.cos(pose.gazeX) * Math.cos(pose.gazeY);
  const x = side === 0 ? eye.x : -eye.x;
  const [px, py, pz] = turning(pose)(x + dx * eye.radius, eye.y - 0.08 + dy * eye.radius, eye.z + dz * eye.radius);
  project(px, py, pz, out, 0);
  const narrow = Math.cos(pose.yaw + pose.gazeX);
  const flat = Math.cos(pose.pitch + pose.gazeY);
  const disc = (radius: number): void => {
    context.beginPath();
    context.ellipse(out[0], out[1], radius * narrow * out[2], radius * flat * out[2], 0, 0, 2 * Math.PI);
  };
  context.fillStyle = context.strokeStyle = pen.ink;
  disc(IRIS_CM);
  context.globalAlpha = 0.3;
  context.fill();
  context.globalAlpha = 0.75;
  context.lineWidth = 0.075;
  context.stroke();
  disc(PUPIL_CM);
  context.globalAlpha = 0.95;
  context.fill();
  context.globalAlpha = 1;
  context.fillStyle = pen.paper;
  context.beginPath();
  context.arc(out[0] - 0.2, out[1] - 0.22, 0.13, 0, 2 * Math.PI);
  context.fill();
  // The shadow of the upper lid on the eyeball.
  const shadow = upper.map(([sx, sy]): readonly [number, number] => [sx, sy + 0.16]);
  pen.stroke(shadow, 0.3, 0.13);
}

/** A brow as hairs that lean outwards, inside its two edges. */
export function drawBrow(pen: Pen, basis: Basis, shape: Shape, side: number): void {
  const low = lineOf(basis, shape, "brow_low", side);
  const top = lineOf(basis, shape, "brow_top", side);
  pen.fill([...low.slice(2), ...top.slice(2).reverse()], 0.12);
  for (let k = 0; k < HAIRS; k++) {
    const along = k / (HAIRS - 1);
    const lean = 0.1 + 0.1 * along;
    const [ax, ay] = at(low, along * 0.96);
    const [bx, by] = at(top, Math.min(1, along + lean));
    // The inner end grows thin, so that it does not stand there like a block.
    const inner = Math.min(1, 0.45 + along * 4);
    const reach = (0.72 + 0.28 * jitter(k)) * inner;
    const start = 0.16 * jitter(k + 40);
    const from: readonly [number, number] = [ax + (bx - ax) * start, ay + (by - ay) * start];
    const to: readonly [number, number] = [ax + (bx - ax) * reach, ay + (by - ay) * reach];
    pen.stroke([from, to], 0.13 - 0.05 * along, (0.42 + 0.3 * jitter(k + 80)) * inner);
  }
}

function at(line: Line, along: number): readonly [number, number] {
  const place = along * (line.length - 1);
  const k = Math.min(line.length - 2, Math.floor(place));
  const share = place - k;
  const [ax, ay] = line[k];
  const [bx, by] = line[k + 1];
  return [ax + (bx - ax) * share, ay + (by - ay) * share];
}

/** The same hairs each time. */
const jitter = (k: number): number => ((Math.sin(k * 12.9898) * 43758.5453) % 1) * 0.5 + 0.5;
