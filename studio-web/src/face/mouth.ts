/** Lips, what is between them, and the lines about the mouth. */
import type { Basis } from "./basis.ts";
import { acrossOf, type Line, lineOf, type Pen } from "./pen.ts";
import type { Pose } from "./pose.ts";
import { project, type Shape, turning } from "./shape.ts";

export function drawMouth(pen: Pen, basis: Basis, shape: Shape, pose: Pose): void {
  const lipUpper = acrossOf(basis, shape, "lip_upper");
  const lipLower = acrossOf(basis, shape, "lip_lower");
  const { upper, lower, opening } = between(acrossOf(basis, shape, "mouth_upper"), acrossOf(basis, shape, "mouth_lower"));
  pen.fill([...lipUpper, ...[...upper].reverse()], 0.2);
  pen.fill([...lower, ...[...lipLower].reverse()], 0.13);
  if (opening > 0.04) {
    const hole = [...upper, ...[...lower].reverse()];
    pen.fill(hole, 1, pen.paper);
    pen.fill(hole, 0.72);
    pen.inside(hole, () => pen.fill(teeth(pose), 0.92, pen.paper));
    pen.stroke(lower, 0.05, 0.55);
  }
  pen.swelling(upper, 0.17, 0.9, (along) => 0.45 + 0.55 * Math.abs(Math.cos(Math.PI * along)) ** 0.8);
  pen.stroke(lipUpper, 0.05, 0.3);
  pen.swelling(lipLower.slice(3, -3), 0.11, 0.5);
}

/** The inner edges of both lips, the upper never below the lower; `opening` is the greatest gap in centimetres. */
function between(upper: Line, lower: Line): { upper: Line; lower: Line; opening: number } {
  let opening = 0;
  const top = resampled(upper);
  const low = resampled(lower).map(([x, y], k): readonly [number, number] => {
    opening = Math.max(opening, y - top[k][1]);
    return [x, Math.max(y, top[k][1])];
  });
  return { upper: top, lower: low, opening };
}

function resampled(line: Line): Line {
  const out: Line = [];
  for (let k = 0; k <= 40; k++) {
    const place = (k / 40) * (line.length - 1);
    const at = Math.min(line.length - 2, Math.floor(place));
    const share = place - at;
    out.push([
      line[at][0] + (line[at + 1][0] - line[at][0]) * share,
      line[at][1] + (line[at + 1][1] - line[at][1]) * share,
    ]);
  }
  return out;
}

/** The upper row; it is fixed to the skull. */
function teeth(pose: Pose): Line {
  const turn = turning(pose);
  const out: number[] = [0, 0, 0];
  const line: Line = [];
  for (let k = -10; k <= 10; k++) {
    const x = k * 0.29;
    const [px, py, pz] = turn(x, -3.52 + 0.028 * x * x, 10.4 - 0.32 * x * x);
    project(px, py, pz, out, 0);
    line.push([out[0], out[1]]);
  }
  const [first, last] = [line[0], line[line.length - 1]];
  return [...line, [last[0], last[1] - 2], [first[0], first[1] - 2]];
}

export function drawNose(pen: Pen, basis: Basis, shape: Shape, side: number): void {
  pen.swelling(lineOf(basis, shape, "ala", side), 0.12, 0.6);
  pen.swelling(lineOf(basis, shape, "nostril", side), 0.3, 0.8);
  pen.swelling(lineOf(basis, shape, "tip", side), 0.08, 0.4);
  pen.stroke(lineOf(basis, shape, "philtrum", side), 0.05, 0.12);
}
