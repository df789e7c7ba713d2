/**
 * What a face is known by again: its shape, and a thumbnail of its colours, averaged over nearly frontal frames.
 */

import { shrinkColours } from "../picture/area";
import type { Part, Picture } from "../picture/picture";
import { MEAN, MESH_POINTS } from "./tables";
import { CROP_PX, type Pose } from "./view";

/** Frames that go into a signature. */
const KEPT = 30;
const FRONTAL_RAD = (20 * Math.PI) / 180;
/** Distance within which two signatures are one person's. */
const SAME = 0.108;
const SHAPE_GAIN = 4;
const HUE_GAIN = 4;
/** How much farther the second nearest lost face must be. */
const CLEARLY = 1.4;
const THUMB = { width: 9, height: 10 };
/** Difference of two glimpses, one frame after the other, above which it may have been cut: `goesOn` looks again. */
const CUT = 0.15;
/** The same after an absence of up to half a second. */
const BACK = 0.2;
/** Added to colours before their logarithm, so that the noise of dark ones does not count. */
const DARKEST = 8;
/** The part of the aligned face that the thumbnail shows. */
const THUMB_PART: Part = { left: 40, top: 40, right: 184, bottom: 200 };

/** Grows with the frames seen. */
export class Signature {
  frames = 0;
  /** (468, 2): where each point lies against the mean face's, eyes' distances. */
  private readonly shape = new Float32Array(2 * MESH_POINTS);
  /** (10, 9, 3): logarithms of its colours. */
  private readonly thumbnail = new Float32Array(THUMB.width * THUMB.height * 3);

  /** Whether a frame would help: the head is nearly frontal and there are not yet enough. */
  wants(pose: Pose): boolean {
    return this.frames < KEPT && Math.max(Math.abs(pose.yaw), Math.abs(pose.pitch)) <= FRONTAL_RAD;
  }

  /** Take in one frame, if it helps; `crop` is the aligned face in colour. */
  add(mesh: Float32Array, pose: Pose, crop: () => Float32Array): void {
    if (!this.wants(pose)) return;
    this.frames++;
    const share = 1 / this.frames;
    const shape = shapeOf(mesh, pose);
    for (let i = 0; i < shape.length; i++) this.shape[i] += (shape[i] - this.shape[i]) * share;
    const picture = { width: CROP_PX, height: CROP_PX, data: Uint8Array.from(crop()) };
    const colours = logarithms(picture, THUMB_PART);
    for (let i = 0; i < colours.length; i++) this.thumbnail[i] += (colours[i] - this.thumbnail[i]) * share;
  }

  /** Below 1 where they are one person's; infinite where one was not seen well. */
  distance(other: Signature): number {
    if (this.frames === 0 || other.frames === 0) return Infinity;
    const shape = (2 * sumOfSquares(this.shape, (at, i) => at - other.shape[i])) / this.shape.length;
    const tint = [0, 0, 0];
    const pixels = this.thumbnail.length / 3;
    this.thumbnail.forEach((colour, i) => (tint[i % 3] += (colour - other.thumbnail[i]) / pixels));
    const off = (colour: number, i: number): number => colour - other.thumbnail[i] - tint[i % 3];
    const parts = sumOfSquares(this.thumbnail, off) / this.thumbnail.length;
    // How bright the whole face is says more of the lamp than of the person.
    const lamp = (tint[0] + tint[1] + tint[2]) / 3;
    const hue = sumOfSquares(tint, (at) => at - lamp) / 3;
    return Math.sqrt(SHAPE_GAIN ** 2 * shape + parts + HUE_GAIN ** 2 * hue) / SAME;
  }
}

/** Which of the signatures this one clearly is like; -1 when unsure. */
export function findAgain(signature: Signature, lost: readonly Signature[]): number {
  const ranked = lost.map((other, i) => [signature.distance(other), i]).sort((a, b) => a[0] - b[0]);
  if (ranked.length === 0 || ranked[0][0] >= 1) return -1;
  if (ranked.length > 1 && ranked[1][0] < CLEARLY * ranked[0][0]) return -1;
  return ranked[0][1];
}

/** Logarithms of a box's coarse colours less their mean, which is the lamp's; null where nothing lies in it. */
export function glimpse(picture: Picture, box: ArrayLike<number>): Float32Array | null {
  const edge = (at: number): number => Math.max(Math.trunc(at), 0);
  const part = {
    left: edge(box[0]),
    top: edge(box[1]),
    right: Math.min(edge(box[2]), picture.width),
    bottom: Math.min(edge(box[3]), picture.height),
  };
  if (part.right <= part.left || part.bottom <= part.top) return null;
  const colours = logarithms(picture, part);
  const mean = colours.reduce((sum, colour) => sum + colour, 0) / colours.length;
  return colours.map((colour) => colour - mean);
}

/** Whether a place that showed one face shows something else all of a sudden. */
export function wasCut(before: Float32Array | null, now: Float32Array | null, absent = false): boolean {
  if (before === null || now === null) return false;
  const difference = Math.sqrt(sumOfSquares(before, (at, i) => at - now[i]) / before.length);
  return difference > (absent ? BACK : CUT);
}

function logarithms(picture: Picture, part: Part): Float32Array {
  return shrinkColours(picture, part, THUMB.width, THUMB.height).map((colour) => Math.log(colour + DARKEST));
}

/** The points as they would lie on a frontal face, less those of the mean face; (468, 2). */
export function shapeOf(mesh: Float32Array, { rotation: r, scalePx, shiftPx }: Pose): Float32Array {
  const area = r[0] * r[4] - r[1] * r[3];
  const own = new Float32Array(2 * MESH_POINTS);
  for (let i = 0; i < MESH_POINTS; i++) {
    const depth = MEAN[3 * i + 2];
    const x = (mesh[3 * i] - shiftPx[0]) / scalePx - depth * r[2];
    const y = -(mesh[3 * i + 1] - shiftPx[1]) / scalePx - depth * r[5];
    own[2 * i] = (r[4] * x - r[1] * y) / area - MEAN[3 * i];
    own[2 * i + 1] = (r[0] * y - r[3] * x) / area - MEAN[3 * i + 1];
  }
  return own;
}

function sumOfSquares(values: ArrayLike<number>, off: (value: number, i: number) => number): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += off(values[i], i) ** 2;
  return sum;
}
