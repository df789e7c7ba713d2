/**
 * Whether a face that changed much from one frame to the next is the same all the same.
 *
 * A quick expression or turn of the head changes a glimpse the more, the fewer frames there are a second. The eyes,
 * sought around where they were, and the bones stay. The rule and its numbers are Python's (`face/track.py`).
 */

import { shapeOf } from "./signature";
import { CROP_PX, type Pose } from "./view";

/** Forehead, eyes and bridge of the nose in the aligned face, which move least. */
const EYES = { left: 44, top: 40, width: 136, height: 84 };
/** How many pixels of the aligned face they may have moved. */
const REACH = 16;
/** How alike the eyes and how far apart the shapes of one face are, a fifteenth of a second apart. */
const SAME_EYES = 0.75;
const SAME_BONES = 0.035;
const QUICK_S = 1 / 15;
/** Likeness that eyes may lose a second where frames are further apart than `QUICK_S` ... */
const EYES_LOSE = 2.5;
/** ... down to this. */
const LEAST_EYES = 0.5;

/** A face in one frame, to see whether it is the same in the next. */
export interface Looks {
  timeS: number;
  /** (468, 3). */
  mesh: Float32Array;
  pose: Pose;
  /** (224, 224): the aligned face. */
  luma: Float32Array;
}

/** Whether it is the face that it was before; not where nothing is known of that. */
export function goesOn(before: Looks | null, now: Looks): boolean {
  if (before === null) return false;
  const laterS = Math.max(now.timeS - before.timeS - QUICK_S, 0);
  const least = Math.max(SAME_EYES - EYES_LOSE * laterS, LEAST_EYES);
  return bonesApart(before, now) <= SAME_BONES && eyesAlike(before, now) >= least;
}

/** The largest correlation of the eyes with a part of the later face near where they were: 1 at most, 0 of one grey. */
export function eyesAlike(before: Looks, now: Looks): number {
  const eyes = eyesOf(before.luma);
  let best = -1;
  for (let down = -REACH; down <= REACH; down++) {
    for (let across = -REACH; across <= REACH; across++) {
      best = Math.max(best, correlation(eyes, now.luma, EYES.left + across, EYES.top + down));
    }
  }
  return best;
}

/** How far apart the shapes of two faces are: root mean square over the points, eyes' distances. */
export function bonesApart(before: Looks, now: Looks): number {
  const then = shapeOf(before.mesh, before.pose);
  const moved = shapeOf(now.mesh, now.pose).map((at, i) => at - then[i]);
  return Math.sqrt((2 * moved.reduce((sum, at) => sum + at * at, 0)) / moved.length);
}

/** The eyes less their mean, of length 1; zeros where there is nothing but one grey. (84, 136). */
function eyesOf(luma: Float32Array): Float32Array {
  const eyes = new Float32Array(EYES.width * EYES.height);
  for (let row = 0; row < EYES.height; row++) {
    const from = (EYES.top + row) * CROP_PX + EYES.left;
    eyes.set(luma.subarray(from, from + EYES.width), row * EYES.width);
  }
  const mean = eyes.reduce((sum, at) => sum + at, 0) / eyes.length;
  const length = Math.sqrt(eyes.reduce((sum, at) => sum + (at - mean) ** 2, 0));
  return eyes.map((at) => (length > 0 ? (at - mean) / length : 0));
}

/** Of the eyes with the part of an aligned face that begins at a pixel. */
function correlation(eyes: Float32Array, luma: Float32Array, left: number, top: number): number {
  let shared = 0, sum = 0, squares = 0;
  for (let row = 0, i = 0; row < EYES.height; row++) {
    const from = (top + row) * CROP_PX + left;
    for (let at = from; at < from + EYES.width; at++, i++) {
      const grey = luma[at];
      shared += eyes[i] * grey;
      sum += grey;
      squares += grey * grey;
    }
  }
  const spread = squares - (sum * sum) / eyes.length;
  return spread > 0 ? shared / Math.sqrt(spread) : 0;
}
