/**
 * Head pose: the mean face turned, scaled and shifted onto a mesh, over the points that no expression moves.
 *
 *     minimise  sum_i w_i |q_i - (s R p_i + t)|^2      p mean face, q mesh with y up and z out of the face
 *
 * in closed form (Umeyama 1991), then again with each point's weight lowered by its residual; scale and shift are
 * then fitted in the picture alone. `rotation` is Rz(-roll) Rx(-pitch) Ry(yaw).
 */

import { rotationOf } from "./svd";
import { MEAN, STEADY, STEADY_WEIGHT } from "./tables";
import type { Pose } from "./view";

const FITS = 2;
/** Residual, in eyes' distances, at which a point's weight is halved. */
const SPREAD = 0.03;
const COUNT = STEADY.length;

/** A pose and how well the mesh agrees with it. */
export interface Fit {
  pose: Pose;
  /** Weighted root mean square over the steady points, eyes' distances. */
  residual: number;
}

const POINTS = new Float64Array(3 * COUNT);
STEADY.forEach((point, i) => POINTS.set(MEAN.subarray(3 * point, 3 * point + 3), 3 * i));
const WEIGHT = Float64Array.from(STEADY_WEIGHT);
const WEIGHT_SUM = WEIGHT.reduce((sum, weight) => sum + weight, 0);

/** The pose of a mesh (468, 3), pixels of the picture, z negative towards the camera. */
export function fitPose(mesh: Float32Array): Fit {
  const seen = new Float64Array(3 * COUNT);
  for (let i = 0; i < COUNT; i++) {
    const from = 3 * STEADY[i];
    seen[3 * i] = mesh[from];
    seen[3 * i + 1] = -mesh[from + 1];
    seen[3 * i + 2] = -mesh[from + 2];
  }
  let weight = WEIGHT;
  let found = procrustes(seen, weight);
  for (let round = 0; ; round++) {
    const { scale, squares } = found;
    weight = WEIGHT.map((w, i) => w / (1 + squares[i] / (scale * SPREAD) ** 2));
    if (round + 1 === FITS) break;
    found = procrustes(seen, weight);
  }
  let left = 0;
  for (let i = 0; i < COUNT; i++) left += WEIGHT[i] * found.squares[i];
  const residual = Math.sqrt(left / WEIGHT_SUM) / found.scale;
  const { rotation } = found;
  const { scale, shift } = placed(rotation, seen, weight);
  const rounded = Float64Array.from(rotation, Math.fround);
  const shiftPx = [Math.fround(shift[0]), Math.fround(-shift[1])] as const;
  return { pose: { ...angles(rotation), rotation: rounded, scalePx: scale, shiftPx }, residual };
}

/** Points (N, 3) of the mean face's frame in the picture, (N, 2). */
export function place({ rotation: r, scalePx, shiftPx }: Pose, points: Float32Array): Float32Array {
  const count = points.length / 3;
  const into = new Float32Array(2 * count);
  for (let i = 0; i < count; i++) {
    const x = points[3 * i], y = points[3 * i + 1], z = points[3 * i + 2];
    into[2 * i] = scalePx * (r[0] * x + r[1] * y + r[2] * z) + shiftPx[0];
    into[2 * i + 1] = -scalePx * (r[3] * x + r[4] * y + r[5] * z) + shiftPx[1];
  }
  return into;
}

/** Yaw, pitch and roll of a rotation, radians. */
export const angles = (r: Float64Array): { yaw: number; pitch: number; roll: number } => ({
  yaw: Math.atan2(-r[6], r[8]),
  pitch: -Math.asin(Math.max(-1, Math.min(1, r[7]))),
  roll: Math.atan2(r[1], r[4]),
});

/** Rotation, scale and each point's squared distance from its place, in the units of `seen`. */
function procrustes(
  seen: Float64Array,
  weight: Float64Array,
): { rotation: Float64Array; scale: number; squares: Float64Array } {
  const middle = meanOf(POINTS, weight);
  const seenMiddle = meanOf(seen, weight);
  const sum = weight.reduce((total, w) => total + w, 0);
  const cross = new Float64Array(9);
  let size = 0;
  for (let k = 0; k < COUNT; k++) {
    const share = weight[k] / sum;
    for (let j = 0; j < 3; j++) {
      const p = POINTS[3 * k + j] - middle[j];
      size += share * p * p;
      for (let i = 0; i < 3; i++) cross[3 * i + j] += (seen[3 * k + i] - seenMiddle[i]) * share * p;
    }
  }
  const { rotation, stretch } = rotationOf(cross);
  const scale = stretch / size;
  const squares = new Float64Array(COUNT);
  for (let k = 0; k < COUNT; k++) {
    const x = POINTS[3 * k] - middle[0], y = POINTS[3 * k + 1] - middle[1], z = POINTS[3 * k + 2] - middle[2];
    for (let i = 0; i < 3; i++) {
      const turned = rotation[3 * i] * x + rotation[3 * i + 1] * y + rotation[3 * i + 2] * z;
      squares[k] += (seen[3 * k + i] - seenMiddle[i] - scale * turned) ** 2;
    }
  }
  return { rotation, scale, squares };
}

/** Scale and shift that put the turned mean face onto `seen` in the picture's plane (y up). */
function placed(r: Float64Array, seen: Float64Array, weight: Float64Array): { scale: number; shift: number[] } {
  const turned = new Float64Array(3 * COUNT);
  for (let k = 0; k < COUNT; k++) {
    for (let i = 0; i < 2; i++) {
      turned[3 * k + i] =
        r[3 * i] * POINTS[3 * k] + r[3 * i + 1] * POINTS[3 * k + 1] + r[3 * i + 2] * POINTS[3 * k + 2];
    }
  }
  const middle = meanOf(turned, weight);
  const seenMiddle = meanOf(seen, weight);
  let top = 0, bottom = 0;
  for (let k = 0; k < COUNT; k++) {
    for (let i = 0; i < 2; i++) {
      const flat = turned[3 * k + i] - middle[i];
      top += weight[k] * flat * (seen[3 * k + i] - seenMiddle[i]);
      bottom += weight[k] * flat * flat;
    }
  }
  const scale = top / bottom;
  return { scale, shift: [seenMiddle[0] - scale * middle[0], seenMiddle[1] - scale * middle[1]] };
}

function meanOf(points: Float64Array, weight: Float64Array): [number, number, number] {
  const mean: [number, number, number] = [0, 0, 0];
  let sum = 0;
  for (let k = 0; k < COUNT; k++) {
    sum += weight[k];
    for (let i = 0; i < 3; i++) mean[i] += weight[k] * points[3 * k + i];
  }
  return [mean[0] / sum, mean[1] / sum, mean[2] / sum];
}
