/**
 * Pictures under an affine map, linear between pixels, black outside: OpenCV 5's `warpAffine`.
 *
 * OpenCV 5 interpolates exactly; up to OpenCV 4 it moved by steps of 1/32 px.
 */

import type { Affine } from "../face/view";
import { bytesOf, type Picture } from "./picture";

/** The way back of an affine map. */
export function inverse([a, b, e, c, d, f]: Affine): Affine {
  const area = a * d - b * c;
  return [d / area, -b / area, (b * f - d * e) / area, -c / area, a / area, (c * e - a * f) / area];
}

/**
 * The colours of a turned square, in whole grey levels times `gain`.
 *
 * @param toInput from picture to square pixels
 * @param side width and height of the square
 * @param gain what a grey level counts, such as 1 / 255
 * @param into (side, side, 3), channels last
 */
export function warpColours(
  picture: Picture,
  toInput: Affine,
  side: number,
  gain: number,
  into: Float32Array,
): Float32Array {
  const bytes = bytesOf(picture);
  const { data, width, height } = picture;
  const [a, b, e, c, d, f] = inverse(toInput);
  const line = width * bytes;
  for (let row = 0, to = 0; row < side; row++) {
    for (let column = 0; column < side; column++, to += 3) {
      const x = a * column + b * row + e;
      const y = c * column + d * row + f;
      const left = Math.floor(x);
      const top = Math.floor(y);
      if (left < -1 || top < -1 || left >= width || top >= height) {
        into[to] = into[to + 1] = into[to + 2] = 0;
        continue;
      }
      const across = x - left;
      const down = y - top;
      // What lies outside counts as black.
      const west = left >= 0 ? 1 - across : 0;
      const east = left + 1 < width ? across : 0;
      const north = top >= 0 ? 1 - down : 0;
      const south = top + 1 < height ? down : 0;
      const nw = west * north, ne = east * north, sw = west * south, se = east * south;
      const upper = (top < 0 ? 0 : top) * line;
      const lower = (top + 1 < height ? top + 1 : top) * line;
      const first = (left < 0 ? 0 : left) * bytes;
      const second = (left + 1 < width ? left + 1 : left) * bytes;
      const p = upper + first, q = upper + second, r = lower + first, s = lower + second;
      into[to] = gain * round(nw * data[p] + ne * data[q] + sw * data[r] + se * data[s]);
      into[to + 1] = gain * round(nw * data[p + 1] + ne * data[q + 1] + sw * data[r + 1] + se * data[s + 1]);
      into[to + 2] = gain * round(nw * data[p + 2] + ne * data[q + 2] + sw * data[r + 2] + se * data[s + 2]);
    }
  }
  return into;
}

/** A plane of any numbers under an affine map to a square, such as the luma of the aligned face. */
export function warpPlane(
  plane: Float32Array,
  width: number,
  height: number,
  toInput: Affine,
  side: number,
): Float32Array {
  const [a, b, e, c, d, f] = inverse(toInput);
  const into = new Float32Array(side * side);
  for (let row = 0, to = 0; row < side; row++) {
    for (let column = 0; column < side; column++, to++) {
      const x = a * column + b * row + e;
      const y = c * column + d * row + f;
      const left = Math.floor(x);
      const top = Math.floor(y);
      if (left < -1 || top < -1 || left >= width || top >= height) continue;
      const across = x - left;
      const down = y - top;
      const inLeft = left >= 0, inRight = left + 1 < width;
      let value = 0;
      if (top >= 0) {
        const from = top * width + left;
        value += (1 - down) * ((inLeft ? (1 - across) * plane[from] : 0) + (inRight ? across * plane[from + 1] : 0));
      }
      if (top + 1 < height) {
        const from = (top + 1) * width + left;
        value += down * ((inLeft ? (1 - across) * plane[from] : 0) + (inRight ? across * plane[from + 1] : 0));
      }
      into[to] = value;
    }
  }
  return into;
}

const round = (value: number): number => (value + 0.5) | 0;
