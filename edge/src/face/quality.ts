/** How well a face can be seen: its size, light, noise and blur. */

import { lumaOf, type Picture } from "../picture/picture";
import { CROP_PX, type Quality } from "./view";

/** Rows and columns of the crop that are all face. */
const FACE = { top: 56, bottom: 184, left: 56, right: 168 };
const PATCH_PX = 64;
const SMALLEST_PX = 8;
/** The mask's response to noise of standard deviation 1 (Immerkaer 1996). */
const NOISE_GAIN = 6;
const MEDIAN_OF_NORMAL = 0.6745;
const REBLUR_PX = 9;
/** Share of the gradients that outlast blurring again (Crete 2007), of sharp and of blurred faces. */
const SHARP = 0.48;
const BLURRED = 0.78;

/**
 * Measure one face.
 *
 * @param mesh (468, 3), pixels of the picture
 * @param luma (224, 224), of the aligned face
 */
export function quality(picture: Picture, mesh: Float32Array, luma: Float32Array): Quality {
  const low = [Infinity, Infinity], high = [-Infinity, -Infinity];
  for (let i = 0; i < mesh.length; i += 3) {
    for (let axis = 0; axis < 2; axis++) {
      if (mesh[i + axis] < low[axis]) low[axis] = mesh[i + axis];
      if (mesh[i + axis] > high[axis]) high[axis] = mesh[i + axis];
    }
  }
  const rows = FACE.bottom - FACE.top, columns = FACE.right - FACE.left;
  const inner = new Float32Array(rows * columns);
  let sum = 0;
  for (let row = 0, to = 0; row < rows; row++) {
    const from = (FACE.top + row) * CROP_PX + FACE.left;
    for (let column = 0; column < columns; column++) sum += inner[to++] = luma[from + column];
  }
  return {
    faceSize: (high[0] - low[0]) / picture.width,
    brightness: sum / inner.length / 255,
    noise: patchNoise(picture, low, high),
    blur: blur(inner, rows, columns),
  };
}

/** Standard deviation of the noise, 0 to 1, by the median response of a mask that slopes do not excite. */
export function noise(luma: Float32Array, width: number, height: number): number {
  if (Math.min(width, height) < SMALLEST_PX) return 0;
  const response = new Float32Array((width - 2) * (height - 2));
  for (let y = 1, to = 0; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const i = y * width + x;
      const corners = luma[i - width - 1] + luma[i - width + 1] + luma[i + width - 1] + luma[i + width + 1];
      const edges = luma[i - width] + luma[i - 1] + luma[i + 1] + luma[i + width];
      response[to++] = Math.abs(corners - 2 * edges + 4 * luma[i]);
    }
  }
  return response.sort()[response.length >> 1] / (MEDIAN_OF_NORMAL * NOISE_GAIN * 255);
}

/** 0 sharp to 1 nothing but blur: how little of the gradients goes when the picture is blurred again. */
export function blur(luma: Float32Array, rows: number, columns: number): number {
  // Every fourth line is enough.
  const across = kept(luma, Math.ceil(rows / 4), 4 * columns, columns, 1);
  const down = kept(luma, Math.ceil(columns / 4), 4, rows, columns);
  return Math.min(1, Math.max(0, ((across + down) / 2 - SHARP) / (BLURRED - SHARP)));
}

/** Share of the gradients along lines that outlast a blur along them. */
function kept(luma: Float32Array, lines: number, between: number, length: number, step: number): number {
  const reach = REBLUR_PX >> 1;
  const line = new Float64Array(length + 2 * reach);
  let total = 0, left = 0;
  for (let k = 0; k < lines; k++) {
    for (let i = -reach; i < length + reach; i++) {
      const folded = i < 0 ? -i : i < length ? i : 2 * (length - 1) - i;
      line[i + reach] = luma[k * between + folded * step];
    }
    for (let i = 0; i + 1 < length; i++) {
      const before = Math.abs(line[i + reach + 1] - line[i + reach]);
      // Two neighbouring means differ by what enters less what leaves.
      const after = Math.abs(line[i + 2 * reach + 1] - line[i]) / REBLUR_PX;
      total += before;
      left += Math.max(before - after, 0);
    }
  }
  return total > 0 ? 1 - left / total : 1;
}

/** The noise of the picture's own pixels in the middle of the box from `low` to `high`. */
function patchNoise(picture: Picture, low: readonly number[], high: readonly number[]): number {
  const half = Math.min(PATCH_PX, Math.min(high[0] - low[0], high[1] - low[1]) / 2) / 2;
  const x = (low[0] + high[0]) / 2, y = (low[1] + high[1]) / 2;
  const part = {
    top: Math.trunc(Math.max(y - half, 0)),
    bottom: Math.trunc(Math.min(y + half, picture.height)),
    left: Math.trunc(Math.max(x - half, 0)),
    right: Math.trunc(Math.min(x + half, picture.width)),
  };
  if (part.bottom - part.top < SMALLEST_PX || part.right - part.left < SMALLEST_PX) return 0;
  const { plane, width, height } = lumaOf(picture, part);
  return noise(plane, width, height);
}
