/** A face that is followed, or was: its name, where it was last, and what it is known by. */

import { areaOf } from "./blazeface";
import type { IrisFollower } from "./iris";
import type { Looks } from "./looks";
import type { Fit } from "./pose";
import { Signature } from "./signature";
import type { Square } from "./square";

/** A face that is clearly there, in one frame. */
export interface Found {
  /** (468, 3). */
  mesh: Float32Array;
  presence: number;
  fit: Fit;
  /** Left, top, right, bottom. */
  box: Float32Array;
  glimpse: Float32Array | null;
}

/** A face of the picture, followed now or lost. */
export class Track {
  /** Where to look for its landmarks; null for a face that is lost. */
  square: Square | null = null;
  irises: IrisFollower | null = null;
  signature = new Signature();
  /** What its box showed when it was last seen. */
  glimpse: Float32Array | null = null;
  /** How it looked when it last gave a view. */
  looks: Looks | null = null;
  /** When it came, where it is not yet clear whether it came back; infinite once its name is settled. */
  sinceS = Infinity;

  constructor(
    public name: string,
    public box: Float32Array,
    /** When it was last seen. */
    public seenS: number,
  ) {}
}

/** The box around a mesh (468, 3). */
export function boxOf(mesh: Float32Array): Float32Array {
  const box = Float32Array.of(Infinity, Infinity, -Infinity, -Infinity);
  for (let i = 0; i < mesh.length; i += 3) {
    box[0] = Math.min(box[0], mesh[i]);
    box[1] = Math.min(box[1], mesh[i + 1]);
    box[2] = Math.max(box[2], mesh[i]);
    box[3] = Math.max(box[3], mesh[i + 1]);
  }
  return box;
}

/** Whether at least half of a box lies in the picture. */
export function inPicture(box: Float32Array, width: number, height: number): boolean {
  const inside = box.map((edge, i) => Math.max(0, Math.min(edge, i % 2 ? height : width)));
  return areaOf(inside) >= 0.5 * areaOf(box) && areaOf(box) > 0;
}
