/**
 * The aligned face: 224 x 224 pixels with the eyes always in the same two places.
 *
 * A similarity is fitted to five points of the RIGID mean face as the pose places it, so a smile or an open mouth
 * does not move the crop: what is left of motion in the crop is the face's own.
 */

import { shrinkColours, shrinkPlane } from "../picture/area";
import { lumaOf, type Part, type Picture } from "../picture/picture";
import { warpColours, warpPlane } from "../picture/warp";
import { place } from "./pose";
import { LEFT_EYE, MEAN, MOUTH_LEFT, MOUTH_RIGHT, NOSE_TIP, RIGHT_EYE } from "./tables";
import { CROP_PX, type Affine, type Pose } from "./view";

/** Distance between the eyes in the crop, and where the middle between them lies. */
const EYES_PX = 56;
const EYES_Y = 86;
const MIDDLE_X = 112;
/** Picture pixels for one crop pixel from which the picture is averaged first, so that nothing aliases. */
const SHRINK_FROM = 1.5;

const FIVE = Float32Array.from(
  [RIGHT_EYE, LEFT_EYE, [NOSE_TIP], [MOUTH_RIGHT], [MOUTH_LEFT]].flatMap((points) =>
    [0, 1, 2].map((axis) => points.reduce((sum, point) => sum + MEAN[3 * point + axis], 0) / points.length),
  ),
);
/** (5, 2): where the five points of a frontal mean face lie in the crop. */
const TEMPLATE = Float32Array.from({ length: 10 }, (_, i) =>
  i % 2 ? FIVE[3 * (i >> 1) + 1] * -EYES_PX + EYES_Y : FIVE[3 * (i >> 1)] * EYES_PX + MIDDLE_X,
);

/** The map from picture to crop pixels for a head that stands so. */
export function align(pose: Pose): Affine {
  const placed = place(pose, FIVE);
  const [x, y] = middle(placed);
  const [goalX, goalY] = middle(TEMPLATE);
  let size = 0, a = 0, b = 0;
  for (let i = 0; i < placed.length; i += 2) {
    const px = placed[i] - x, py = placed[i + 1] - y;
    const qx = TEMPLATE[i] - goalX, qy = TEMPLATE[i + 1] - goalY;
    size += px * px + py * py;
    a += px * qx + py * qy;
    b += px * qy - py * qx;
  }
  a /= size;
  b /= size;
  return [a, -b, goalX - a * x + b * y, b, a, goalY - b * x - a * y].map(Math.fround) as unknown as Affine;
}

/** Luma of the aligned face (Rec. 601, 0 to 255); what lies outside the picture is black. (224, 224). */
export function cutLuma(picture: Picture, toCrop: Affine): Float32Array {
  const by = shrinks(toCrop);
  const part = partOf(picture, toCrop, by);
  const luma = lumaOf(picture, part);
  const from = moved(toCrop, part, by);
  if (by === 1) return warpPlane(luma.plane, luma.width, luma.height, from, CROP_PX);
  const width = Math.floor(luma.width / by), height = Math.floor(luma.height / by);
  const all = { left: 0, top: 0, right: luma.width, bottom: luma.height };
  return warpPlane(shrinkPlane(luma.plane, luma.width, all, width, height), width, height, from, CROP_PX);
}

/** The aligned face in colour, (224, 224, 3), whole grey levels. */
export function cut(picture: Picture, toCrop: Affine): Float32Array {
  const into = new Float32Array(CROP_PX * CROP_PX * 3);
  const by = shrinks(toCrop);
  if (by === 1) return warpColours(picture, toCrop, CROP_PX, 1, into);
  const part = partOf(picture, toCrop, by);
  const width = Math.floor((part.right - part.left) / by), height = Math.floor((part.bottom - part.top) / by);
  const data = Uint8Array.from(shrinkColours(picture, part, width, height));
  return warpColours({ width, height, data }, moved(toCrop, part, by), CROP_PX, 1, into);
}

/** Picture pixels along each side that are averaged to one before the crop is cut. */
function shrinks([a, b, , c, d]: Affine): number {
  const zoom = Math.sqrt(Math.abs(a * d - b * c));
  return Math.max(1, Math.round(1 / zoom + 0.5 - (SHRINK_FROM - 1)));
}

/** The part of the picture that the crop shows. */
function partOf(picture: Picture, [a, b, e, c, d, f]: Affine, by: number): Part {
  const area = a * d - b * c;
  const xs: number[] = [], ys: number[] = [];
  for (const x of [-0.5 - e, CROP_PX - 0.5 - e]) {
    for (const y of [-0.5 - f, CROP_PX - 0.5 - f]) {
      xs.push((d * x - b * y) / area);
      ys.push((a * y - c * x) / area);
    }
  }
  const [left, right] = span(Math.min(...xs), Math.max(...xs), picture.width, by);
  const [top, bottom] = span(Math.min(...ys), Math.max(...ys), picture.height, by);
  return { left, top, right, bottom };
}

/** First and end of the pixels from `low` to `high` and a little more, in whole blocks of `by`. */
function span(low: number, high: number, length: number, by: number): [number, number] {
  const blocks = Math.max(Math.floor(length / by), 1);
  const first = Math.min(Math.max(Math.floor(low / by) - 1, 0), blocks - 1);
  const end = Math.min(Math.max(Math.floor(high / by) + 2, first + 1), blocks);
  return [first * by, end * by];
}

/** The map from a part, averaged over `by` x `by` pixels. */
function moved([a, b, e, c, d, f]: Affine, { left, top }: Part, by: number): Affine {
  const half = (by - 1) / 2;
  const x = left + half, y = top + half;
  return [a * by, b * by, e + a * x + b * y, c * by, d * by, f + c * x + d * y].map(Math.fround) as unknown as Affine;
}

function middle(points: Float32Array): [number, number] {
  let x = 0, y = 0;
  for (let i = 0; i < points.length; i += 2) {
    x += points[i];
    y += points[i + 1];
  }
  return [(2 * x) / points.length, (2 * y) / points.length];
}
