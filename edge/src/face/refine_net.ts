/**
 * The refinement network: FaceMesh's 68 points moved to where compressed pictures show them.
 *
 * It also says what it alone can see: which regions are hidden, and what each unit looks like in this one picture.
 */

import type { Network } from "../models/network";
import { shrinkPlane } from "../picture/area";
import { CROP_PX } from "./view";

/** Numbers that stand for how each half of a face looks. */
export const CODE = 64;
/** Width and height of the picture that the network takes, and of the part of the crop that it shows. */
const INPUT_PX = 112;
const WINDOW = { left: 32, top: 46, right: 192, bottom: 206 };
/** Deviation of luma below which a picture counts as flat. */
const FLAT = 1;

/** What was made of one aligned face. */
export interface Refined {
  /** (68, 2), crop pixels. */
  points68: Float32Array;
  /** (17,): how far each region is in sight, 0 hidden to 1. */
  seen: Float32Array;
  /** (17, 2): what each unit looks like in this picture alone, left and right. */
  still: Float32Array;
  /** (CODE, 2): how the left and the right half look. */
  code: Float32Array;
}

/** The network, ready to run. */
export class RefineNet {
  constructor(private readonly model: Network) {}

  /**
   * Better points of one aligned face.
   *
   * @param luma (224, 224), 0 to 255
   * @param mesh68 (68, 2), crop pixels
   */
  async refine(luma: Float32Array, mesh68: Float32Array): Promise<Refined> {
    const { moved, seen, still, code } = await this.model.run({ window: pictureOf(luma), points: mesh68 });
    return { points68: mesh68.map((at, i) => at + moved[i]), seen, still, code };
  }
}

/** What the network sees: the window of a crop less its mean, over its deviation. (112, 112). */
export function pictureOf(luma: Float32Array): Float32Array {
  const small = shrinkPlane(luma, CROP_PX, WINDOW, INPUT_PX, INPUT_PX);
  let sum = 0, squares = 0;
  for (const value of small) {
    sum += value;
    squares += value * value;
  }
  const mean = sum / small.length;
  const deviation = Math.sqrt(Math.max(squares / small.length - mean * mean, 0));
  const share = 1 / Math.max(deviation, FLAT);
  for (let i = 0; i < small.length; i++) small[i] = (small[i] - mean) * share;
  return small;
}
