/**
 * From motion known at some points to motion everywhere: Gaussian weights, computed once.
 *
 *     field(x) = sum_i w_i(x) d_i,    w_i(x) ~ exp(-|x - p_i|^2 / 2 sigma^2),    sum_i w_i(x) = 1
 */

import { CROP_PX } from "../face/view";

/** Points of a coarse field in each direction. */
export const COARSE_GRID = 28;
/** Reach of a point in crop pixels. */
const SIGMA_PX = 8;
/** Exponents stop here, at 24 sigma: no weight becomes 0, so no share becomes 0 / 0. */
const FARTHEST = 300;

/** Shares of a place's sum that are smaller are left out: of 468 points they move nothing by a hundredth of a millipixel. */
const SMALLEST_SHARE = 1e-8;

/** Spreads displacements of fixed points (N, 2), pixels of the crop, over a coarse grid that covers it evenly. */
export class Spreader {
  readonly grid = COARSE_GRID;
  /** Where each place's points begin in the two lists; one more than there are places. */
  private readonly starts = new Int32Array(COARSE_GRID ** 2 + 1);
  private readonly points: Int32Array;
  private readonly shares: Float64Array;

  constructor(places: Float32Array) {
    const count = places.length / 2;
    const across = reach(places, 0, this.grid);
    const down = reach(places, 1, this.grid);
    const points: number[] = [];
    const shares: number[] = [];
    const weights = new Float64Array(count);
    for (let place = 0; place < this.grid ** 2; place++) {
      const row = Math.floor(place / this.grid) * count;
      const column = (place % this.grid) * count;
      let sum = 0;
      for (let k = 0; k < count; k++) sum += weights[k] = down[row + k] * across[column + k];
      for (let k = 0; k < count; k++) {
        if (weights[k] < SMALLEST_SHARE * sum) continue;
        points.push(k);
        shares.push(weights[k] / sum);
      }
      this.starts[place + 1] = points.length;
    }
    this.points = Int32Array.from(points);
    this.shares = Float64Array.from(shares);
  }

  /** The field (grid, grid) of one displacement for each point. */
  spread(displacements: Float32Array): Float32Array {
    const { starts, points, shares } = this;
    const field = new Float32Array(this.grid ** 2);
    for (let place = 0; place < field.length; place++) {
      let sum = 0;
      for (let i = starts[place]; i < starts[place + 1]; i++) sum += shares[i] * displacements[points[i]];
      field[place] = sum;
    }
    return field;
  }
}

function reach(points: Float32Array, axis: number, grid: number): Float64Array {
  const count = points.length / 2;
  const step = CROP_PX / grid;
  const weights = new Float64Array(grid * count);
  for (let i = 0; i < grid; i++) {
    const place = (i + 0.5) * step - 0.5;
    for (let k = 0; k < count; k++) {
      const square = (place - points[2 * k + axis]) ** 2 / (2 * SIGMA_PX ** 2);
      weights[i * count + k] = Math.exp(-Math.min(square, FARTHEST));
    }
  }
  return weights;
}
