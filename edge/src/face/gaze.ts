/**
 * Gaze: how far the irises stand from the middle of the lids, seen in the head's own frame.
 *
 *     gaze_x = asin(x / r),  gaze_y = asin(y / r - b)
 */

import { LEFT_EYE, RIGHT_EYE } from "./tables";
import type { Pose } from "./view";

/** 11.5 mm of 63 mm between the eyes. */
const RADIUS = 0.18;
/** Lids' distance over the eye's width below which an eye says nothing. */
const SHUT = 0.2;
/** Upper and lower lid's middle, right and left. */
const LIDS = [[159, 145], [386, 374]] as const;
const CORNERS = [RIGHT_EYE, LEFT_EYE] as const;
/** How far above the lids' middle an iris that looks straight ahead stands, in radii. */
const REST_Y = 0.042;

/**
 * Gaze in radians, the mean of the eyes that are open; NaN where both are shut.
 *
 * @param irises (2, 5, 2), pixels of the picture, right and left
 * @param mesh (468, 3), pixels of the picture
 */
export function gaze(irises: Float32Array, mesh: Float32Array, pose: Pose): [number, number] {
  let open = 0, sumX = 0, sumY = 0;
  for (let eye = 0; eye < 2; eye++) {
    const [upper, lower] = LIDS[eye];
    const [outer, inner] = CORNERS[eye];
    if (squared(mesh, upper, lower) < SHUT ** 2 * squared(mesh, outer, inner)) continue;
    open++;
    sumX += (irises[10 * eye] - (mesh[3 * upper] + mesh[3 * lower]) / 2) / pose.scalePx;
    sumY -= (irises[10 * eye + 1] - (mesh[3 * upper + 1] + mesh[3 * lower + 1]) / 2) / pose.scalePx;
  }
  if (open === 0) return [NaN, NaN];
  const x = sumX / open, y = sumY / open;
  // Both lie in one plane of the head: turned, that plane is pressed together by these two by two numbers.
  const [a, b, , c, d] = pose.rotation;
  const area = a * d - b * c;
  return [asin((d * x - b * y) / area / RADIUS), asin((a * y - c * x) / area / RADIUS - REST_Y)];
}

const asin = (value: number): number => Math.asin(Math.max(-1, Math.min(1, value)));

const squared = (mesh: Float32Array, a: number, b: number): number =>
  (mesh[3 * a] - mesh[3 * b]) ** 2 + (mesh[3 * a + 1] - mesh[3 * b + 1]) ** 2;
