/**
 * What a flow field says of each region, in numbers.
 *
 * `describe` makes histograms: 3 x 3 cells a region, 8 directions a cell, the first towards the picture's right,
 * then on towards the chin. `displacements` keeps the vectors: a mean for each cell of each half.
 */

import { CROP_PX, REGIONS } from "../face/view";
import type { FlowField } from "./flow";
import * as planes from "./planes";
import { CELL_SAMPLES, CELLS, SAMPLES } from "./regions";

export const DIRECTIONS = 8;
/** 1,224 numbers a frame. */
export const DESCRIPTOR_SIZE = REGIONS * CELLS * CELLS * DIRECTIONS;
/** 612 numbers a frame: region, half, row, column, axis. */
export const DISPLACEMENT_SIZE = REGIONS * 2 * CELLS * CELLS * 2;

/** About the median error of flow at 0.1 px under noise of 2 grey levels. */
const DEAD_ZONE_PX = 0.03;
/** Mean trust at which a cell counts half: what cannot be seen has not moved. */
const LEAST_WEIGHT = 0.02;

/**
 * Histograms of directions, weighted by length of motion and by trust.
 *
 * @param samples (17, 12, 12, 2), of `regionSamples`
 * @returns (17, 3, 3, 8), pixels of the crop: region, row, column from the subject's right, direction
 */
export function describe(field: FlowField, samples: Float32Array): Float32Array {
  const sums = new Float64Array(DESCRIPTOR_SIZE);
  const totals = new Float64Array(REGIONS * CELLS * CELLS);
  read(field, samples, (cell, u, v, weight) => {
    totals[cell] += weight;
    const size = Math.max(Math.sqrt(u * u + v * v) - DEAD_ZONE_PX, 0) * weight;
    const turn = Math.atan2(v, u) * (DIRECTIONS / (2 * Math.PI));
    const first = Math.floor(turn);
    const upper = size * (turn - first);
    sums[cell * DIRECTIONS + (first & (DIRECTIONS - 1))] += size - upper;
    sums[cell * DIRECTIONS + ((first + 1) & (DIRECTIONS - 1))] += upper;
  });
  const shares = new Float32Array(DESCRIPTOR_SIZE);
  for (let i = 0; i < DESCRIPTOR_SIZE; i++) {
    shares[i] = sums[i] / (totals[(i / DIRECTIONS) | 0] + LEAST_WEIGHT * CELL_SAMPLES ** 2);
  }
  return shares;
}

/** A frame's descriptor `d` of the mirrored face is `d[MIRROR_ORDER]`. */
export const MIRROR_ORDER = Int32Array.from({ length: DESCRIPTOR_SIZE }, (_, i) => {
  const direction = i % DIRECTIONS;
  const column = ((i / DIRECTIONS) | 0) % CELLS;
  const before = i - direction - column * DIRECTIONS;
  return before + (CELLS - 1 - column) * DIRECTIONS + ((DIRECTIONS / 2 - direction + DIRECTIONS) % DIRECTIONS);
});

/**
 * Mean motion in 3 x 3 cells of each half of each region, weighted by trust.
 *
 * @param samples (17, 12, 12, 2), of `regionSamples`
 * @returns (17, 2, 3, 3, 2), pixels of the crop: region, the subject's left then right half, row, column from the
 * outside to the midline, then motion away from the midline and motion down
 */
export function displacements(field: FlowField, samples: Float32Array): Float32Array {
  const columns = 2 * CELLS;
  const count = REGIONS * CELLS * columns;
  const across = new Float64Array(count);
  const down = new Float64Array(count);
  const totals = new Float64Array(count);
  read(field, samples, (_, u, v, weight, half) => {
    across[half] += u * weight;
    down[half] += v * weight;
    totals[half] += weight;
  });
  const means = new Float32Array(DISPLACEMENT_SIZE);
  for (let i = 0; i < count; i++) {
    const total = totals[i] + (LEAST_WEIGHT * CELL_SAMPLES ** 2) / 2;
    const column = i % columns;
    const row = ((i / columns) | 0) % CELLS;
    const region = (i / (columns * CELLS)) | 0;
    const left = column >= CELLS;
    const fromOutside = left ? columns - 1 - column : column;
    const to = (((region * 2 + (left ? 0 : 1)) * CELLS + row) * CELLS + fromOutside) * 2;
    means[to] = (left ? across[i] : -across[i]) / total;
    means[to + 1] = down[i] / total;
  }
  return means;
}

/** Each sample's cell, its motion and trust, and the half cell that it lies in. */
function read(
  field: FlowField,
  samples: Float32Array,
  take: (cell: number, u: number, v: number, weight: number, half: number) => void,
): void {
  const { grid, u, v, weight } = field;
  const scale = grid / CROP_PX;
  for (let i = 0, at = 0; i < REGIONS * SAMPLES; i++) {
    const region = (i / SAMPLES) | 0;
    const line = region * CELLS + (((i % SAMPLES) / CELL_SAMPLES) | 0);
    for (let column = 0; column < SAMPLES; column++, at += 2) {
      const x = (samples[at] + 0.5) * scale - 0.5;
      const y = (samples[at + 1] + 0.5) * scale - 0.5;
      take(
        line * CELLS + ((column / CELL_SAMPLES) | 0),
        planes.sampleAt(u, grid, x, y),
        planes.sampleAt(v, grid, x, y),
        planes.sampleAt(weight, grid, x, y),
        line * 2 * CELLS + ((column / (CELL_SAMPLES / 2)) | 0),
      );
    }
  }
}
