/**
 * A face's points as seen straight on: what a turned head would look like if it were not turned.
 *
 *     q = R^T ((x - shift_x) / scale, -(y - shift_y) / scale, -(z - z0) / scale)
 *
 * z0 puts the steady points as deep as the mean face's.
 */

import { MEAN, STEADY, STEADY_WEIGHT } from "../face/tables";
import type { Pose } from "../face/view";

const SUM = STEADY_WEIGHT.reduce((sum, weight) => sum + weight, 0);
const MIDDLE = [0, 1, 2].map((axis) =>
  STEADY.reduce((sum, point, i) => sum + (STEADY_WEIGHT[i] / SUM) * MEAN[3 * point + axis], 0),
);

/** The mesh's z of the pose's origin, pixels: z0 of the equation above. */
export function depthOrigin(mesh: Float32Array, { rotation: r, scalePx }: Pose): number {
  let depth = 0;
  for (let i = 0; i < STEADY.length; i++) depth += (STEADY_WEIGHT[i] / SUM) * mesh[3 * STEADY[i] + 2];
  return depth + (r[6] * MIDDLE[0] + r[7] * MIDDLE[1] + r[8] * MIDDLE[2]) * scalePx;
}

/** Points (N, 3) of the picture as points of the face, the head's turn taken back. */
export function unturn(points: Float32Array, pose: Pose, depthOriginPx: number): Float32Array {
  const { rotation: r, scalePx, shiftPx } = pose;
  const face = new Float32Array(points.length);
  for (let i = 0; i < points.length; i += 3) {
    const x = (points[i] - shiftPx[0]) / scalePx;
    const y = -(points[i + 1] - shiftPx[1]) / scalePx;
    const z = -(points[i + 2] - depthOriginPx) / scalePx;
    face[i] = x * r[0] + y * r[3] + z * r[6];
    face[i + 1] = x * r[1] + y * r[4] + z * r[7];
    face[i + 2] = x * r[2] + y * r[5] + z * r[8];
  }
  return face;
}
