/**
 * Where each unit shows: 17 regions, parallelograms across the face's midline, laid out from the 68 points.
 *
 * Python's `motion/regions.py` says which points and why; the table comes from there (`spec/face.json`).
 */

import { REGION_TABLE } from "../face/tables";
import { REGIONS } from "../face/view";

/** Cells of a region in each direction. */
export const CELLS = 3;
/** Samples of a cell in each direction. */
export const CELL_SAMPLES = 4;
/** Samples of a region in each direction. */
export const SAMPLES = CELLS * CELL_SAMPLES;

const STEPS = Float64Array.from({ length: SAMPLES }, (_, i) => ((i + 0.5) / SAMPLES) * 2 - 1);

/**
 * Where the flow is read: 12 x 12 places in each region.
 *
 * @param points68 (68, 2)
 * @returns (17, 12, 12, 2): region, row from brow to chin, column from the subject's right to left, x and y
 */
export function regionSamples(points68: Float32Array): Float32Array {
  const at = (point: number, axis: number): number => points68[2 * point + axis];
  const samples = new Float32Array(REGIONS * SAMPLES * SAMPLES * 2);
  let to = 0;
  for (const region of REGION_TABLE) {
    const middle = [0, 1].map(
      (axis) =>
        region.middle.reduce((sum, point) => sum + at(point, axis), 0) / region.middle.length +
        region.down * (at(33, axis) - at(27, axis)),
    );
    const across = [0, 1].map((axis) => region.half_width * (at(45, axis) - at(36, axis)));
    const down = [0, 1].map((axis) => region.half_height * (at(33, axis) - at(27, axis)));
    for (let row = 0; row < SAMPLES; row++) {
      for (let column = 0; column < SAMPLES; column++) {
        samples[to++] = middle[0] + STEPS[column] * across[0] + STEPS[row] * down[0];
        samples[to++] = middle[1] + STEPS[column] * across[1] + STEPS[row] * down[1];
      }
    }
  }
  return samples;
}

/** The share of each region that lies within a picture, (17,); points are the picture's pixels. */
export function insidePicture(points68: Float32Array, [width, height]: readonly [number, number]): Float32Array {
  const places = regionSamples(points68);
  const share = new Float32Array(REGIONS);
  const each = SAMPLES * SAMPLES;
  for (let region = 0; region < REGIONS; region++) {
    let inside = 0;
    for (let i = region * each; i < (region + 1) * each; i++) {
      const x = places[2 * i], y = places[2 * i + 1];
      if (x > -0.5 && y > -0.5 && x < width - 0.5 && y < height - 0.5) inside++;
    }
    share[region] = inside / each;
  }
  return share;
}
