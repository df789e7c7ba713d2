/**
 * The head's own motion taken out of a flow field: what is left is the face's.
 *
 * On parts that no muscle moves far an affine motion is fitted, robustly (iteratively reweighted least squares,
 * Geman-McClure weights), and taken away everywhere:
 *
 *     u = a0 + a1 x + a2 y,    v = b0 + b1 x + b2 y
 */

import { STEADY_DISCS } from "../face/tables";
import { CROP_PX } from "../face/view";
import type { FlowField } from "./flow";
import * as planes from "./planes";

/** Of reweighting. */
const TURNS = 3;
/** What flow errs by at best: smaller differences are no sign of anything. */
const SMALLEST_SCALE_PX = 0.02;
/** Pull of all but the shift towards 0, as a share of the weights' sum. */
const RIDGE = 0.01;
const LEAST_WEIGHT = 1e-3;

/** Parameters a0 b0 a1 b1 a2 b2: places run from -1 to 1 across the crop, motion is in pixels of the crop. */
export type HeadMotion = Float32Array;

/**
 * Take the motion of the steady parts away from the whole field, in place.
 *
 * @param steady (g, g): 0 where the face may move, up to 1 where only the head does
 * @returns the motion's parameters, shape (3, 2); all 0 where nothing steady is in sight
 */
export function removeHeadMotion(field: FlowField, steady: Float32Array): HeadMotion {
  const { grid, u, v, weight } = field;
  const used: number[] = [];
  const base: number[] = [];
  for (let i = 0; i < weight.length; i++) {
    const trusted = Math.fround(steady[i] * weight[i]);
    if (trusted > LEAST_WEIGHT) {
      used.push(i);
      base.push(trusted);
    }
  }
  const params = fit(field, used, base);
  for (let row = 0, i = 0; row < grid; row++) {
    const y = place(row, grid);
    for (let column = 0; column < grid; column++, i++) {
      const x = place(column, grid);
      u[i] -= params[0] + params[2] * x + params[4] * y;
      v[i] -= params[1] + params[3] * x + params[5] * y;
    }
  }
  return params;
}

const place = (index: number, grid: number): number => ((index + 0.5) / grid) * 2 - 1;

/** Where a face moves with the head alone: bridge and ridge of the nose, forehead, temples; (grid, grid). */
export function steadyMask(points68: Float32Array, grid = 56): Float32Array {
  const mean = (points: readonly number[], axis: number): number =>
    points.reduce((sum, point) => sum + points68[2 * point + axis], 0) / points.length;
  const upX = points68[54] - points68[60];
  const upY = points68[55] - points68[61];
  const eyesX = mean(LEFT_EYE, 0) - mean(RIGHT_EYE, 0);
  const eyesY = mean(LEFT_EYE, 1) - mean(RIGHT_EYE, 1);
  const eyesPx = Math.hypot(eyesX, eyesY);
  const raised = (0.45 * eyesPx) / Math.max(Math.hypot(upX, upY), 1e-6);
  const mask = new Float32Array(grid * grid);
  const scale = grid / CROP_PX;
  for (const { points, up, radius, weight } of STEADY_DISCS) {
    const x = mean(points, 0) + up * raised * upX;
    const y = mean(points, 1) + up * raised * upY;
    const middle = [(x + 0.5) * scale - 0.5, (y + 0.5) * scale - 0.5] as const;
    planes.disc(mask, grid, middle, radius * eyesPx * scale, weight);
  }
  return planes.meanAround(mask, grid, 3);
}

const LEFT_EYE = [42, 43, 44, 45, 46, 47];
const RIGHT_EYE = [36, 37, 38, 39, 40, 41];

/** Parameters of the motion at the points `used`, whose weights are `base`. */
function fit({ grid, u, v }: FlowField, used: readonly number[], base: readonly number[]): HeadMotion {
  let params: HeadMotion = new Float32Array(6);
  if (used.length < 3) return params;
  const pull = RIDGE * base.reduce((sum, value) => sum + value, 0);
  const weight = Float64Array.from(base);
  const square = new Float32Array(used.length);
  for (let turn = 0; turn < TURNS; turn++) {
    params = solve(grid, u, v, used, weight, pull);
    for (let k = 0; k < used.length; k++) {
      const i = used[k];
      const x = place(i % grid, grid), y = place(Math.floor(i / grid), grid);
      const offU = u[i] - (params[0] + params[2] * x + params[4] * y);
      const offV = v[i] - (params[1] + params[3] * x + params[5] * y);
      square[k] = offU * offU + offV * offV;
    }
    const usual = 3 * Math.max(planes.median(square), SMALLEST_SCALE_PX ** 2);
    for (let k = 0; k < used.length; k++) weight[k] = base[k] / (1 + square[k] / usual) ** 2;
  }
  return params;
}

/** The weighted least squares of one turn. */
function solve(
  grid: number,
  u: Float32Array,
  v: Float32Array,
  used: readonly number[],
  weight: Float64Array,
  pull: number,
): HeadMotion {
  let n = 0, sx = 0, sy = 0, xx = 0, xy = 0, yy = 0;
  const right = [0, 0, 0, 0, 0, 0];
  for (let k = 0; k < used.length; k++) {
    const i = used[k], w = weight[k];
    const x = place(i % grid, grid), y = place(Math.floor(i / grid), grid);
    n += w;
    sx += w * x;
    sy += w * y;
    xx += w * x * x;
    xy += w * x * y;
    yy += w * y * y;
    right[0] += w * u[i];
    right[1] += w * x * u[i];
    right[2] += w * y * u[i];
    right[3] += w * v[i];
    right[4] += w * x * v[i];
    right[5] += w * y * v[i];
  }
  const left = [n + 1e-6, sx, sy, sx, xx + pull, xy, sy, xy, yy + pull];
  const a = solveThree(left, right.slice(0, 3));
  const b = solveThree(left, right.slice(3));
  return Float32Array.of(a[0], b[0], a[1], b[1], a[2], b[2]);
}

/** The solution of three equations, by Cramer's rule. */
function solveThree(m: readonly number[], r: readonly number[]): [number, number, number] {
  const [a, b, c, d, e, f, g, h, i] = m;
  const whole = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  return [
    (r[0] * (e * i - f * h) - b * (r[1] * i - f * r[2]) + c * (r[1] * h - e * r[2])) / whole,
    (a * (r[1] * i - f * r[2]) - r[0] * (d * i - f * g) + c * (d * r[2] - r[1] * g)) / whole,
    (a * (e * r[2] - r[1] * h) - b * (d * r[2] - r[1] * g) + r[0] * (d * h - e * g)) / whole,
  ];
}
