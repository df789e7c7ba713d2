/**
 * How skin moved between two aligned faces: dense pyramidal Lucas-Kanade flow.
 *
 *     e(x) = before(x) - after(x + u),    u <- u + (sum_W g g' + d I)^-1 sum_W g e,    g = grad before
 *
 * from the coarsest level of a pyramid to the finest; after each turn the confidence-weighted mean over neighbours
 * is taken. Python's `motion/flow.py` gives the reasons.
 */

import { CROP_PX } from "../face/view";
import * as planes from "./planes";

/** Points of the finest motion grid in each direction. */
export const GRID = 56;

/** Structure below this is taken for noise, (grey levels / px)^2. */
const NOISE_FLOOR = 0.2;

/** Turns at each level, finest first: the settings with which flow is measured from the neutral. */
export const TURNS: readonly number[] = [1, 1, 1];
const WINDOW = 5;
const SMOOTHING = 3;
const MEAN_PX = 60;
const DAMPING = 0.1;

/** Motion of a whole crop, on a grid that covers it evenly. */
export interface FlowField {
  /** Points of the grid in each direction. */
  grid: number;
  /** (g, g): to the right and down, pixels of the 224 crop. */
  u: Float32Array;
  v: Float32Array;
  /** (g, g), 0 to 1: how far the motion can be trusted. */
  weight: Float32Array;
}

/** A level of a picture that motion is measured from: s x s pixels, a motion grid of g x g. */
interface Level {
  side: number;
  grid: number;
  picture: Float32Array;
  gradientX: Float32Array;
  gradientY: Float32Array;
  /** xx, xy, yy of the damped tensor's inverse. */
  inverse: readonly [Float32Array, Float32Array, Float32Array];
  /** The tensor's trace. */
  contrast: Float32Array;
  confidence: Float32Array;
  /** One over the mean confidence over neighbours. */
  share: Float32Array;
}

/** A picture made ready to measure motion from; levels from the finest. */
export type Reference = readonly Level[];

/** The levels of a picture (224, 224), finest first, with the local mean taken away. */
export function pyramid(luma: Float32Array): Float32Array[] {
  const coarse = planes.pool(luma, CROP_PX, GRID);
  const width = Math.max(1, Math.floor((MEAN_PX * GRID) / CROP_PX));
  const finest = planes.stretch(planes.meanAround(coarse, GRID, width), GRID, CROP_PX);
  for (let i = 0; i < finest.length; i++) finest[i] = luma[i] - finest[i];
  const pictures = [finest];
  for (let i = 1, side = CROP_PX; i < TURNS.length; i++, side >>= 1) {
    pictures.push(planes.halve(pictures[i - 1], side));
  }
  return pictures;
}

/** Make a picture's `pyramid` ready to measure motion from. */
export const reference = (pictures: readonly Float32Array[]): Reference =>
  pictures.map((picture, i) => levelOf(picture, CROP_PX >> i));

/**
 * Motion from one aligned face to another.
 *
 * @param before what `reference` made of the one
 * @param pictures the `pyramid` of the other
 * @param start motion known beforehand on a grid of `startSide`, in pixels of the crop: u and v
 */
export function lucasKanade(
  before: Reference,
  pictures: readonly Float32Array[],
  start: readonly [Float32Array, Float32Array] | null = null,
  startSide = 0,
): FlowField {
  const coarsest = before[before.length - 1];
  let grid = coarsest.grid;
  const scale = coarsest.side / CROP_PX / 2;
  let [u, v] = start
    ? start.map((plane) => planes.stretch(plane, startSide, grid, scale))
    : [new Float32Array(grid * grid), new Float32Array(grid * grid)];
  let error: Float32Array = new Float32Array(0);
  for (let i = before.length - 1; i >= 0; i--) {
    const level = before[i];
    // Motion is in pixels of the level at hand, which are half as wide as those of the last.
    u = planes.stretch(u, grid, level.grid, 2);
    v = planes.stretch(v, grid, level.grid, 2);
    grid = level.grid;
    for (let turn = 0; turn < TURNS[i]; turn++) {
      error = planes.lessMoved(level.picture, pictures[i], level.side, u, v, grid);
      [u, v] = turned(level, error, u, v);
    }
  }
  return { grid, u, v, weight: trust(before[0], error) };
}

/** One step of Lucas-Kanade and the mean over neighbours. */
function turned(level: Level, error: Float32Array, u: Float32Array, v: Float32Array): [Float32Array, Float32Array] {
  const { grid, confidence, share } = level;
  const sumX = windowMean(level.gradientX, error, level);
  const sumY = windowMean(level.gradientY, error, level);
  const [xx, xy, yy] = level.inverse;
  for (let i = 0; i < u.length; i++) {
    u[i] = (u[i] + xx[i] * sumX[i] + xy[i] * sumY[i]) * confidence[i];
    v[i] = (v[i] + xy[i] * sumX[i] + yy[i] * sumY[i]) * confidence[i];
  }
  const meanU = planes.meanAround(u, grid, SMOOTHING);
  const meanV = planes.meanAround(v, grid, SMOOTHING);
  for (let i = 0; i < meanU.length; i++) {
    meanU[i] *= share[i];
    meanV[i] *= share[i];
  }
  return [meanU, meanV];
}

/** Gradients of a picture and their sums over windows. */
function levelOf(picture: Float32Array, side: number): Level {
  const grid = Math.min(GRID, side >> 1);
  const [gradientX, gradientY] = planes.slopes(picture, side);
  const sized = { side, grid };
  const xx = windowMean(gradientX, gradientX, sized);
  const yy = windowMean(gradientY, gradientY, sized);
  const xy = windowMean(gradientX, gradientY, sized);
  const count = grid * grid;
  const contrast = new Float32Array(count);
  for (let i = 0; i < count; i++) contrast[i] = xx[i] + yy[i];
  const damping = Math.fround(DAMPING * planes.median(everySecond(contrast, grid)) + NOISE_FLOOR);
  const confidence = new Float32Array(count);
  const inverse = [new Float32Array(count), new Float32Array(count), new Float32Array(count)] as const;
  for (let i = 0; i < count; i++) {
    const square = xy[i] * xy[i];
    const spread = (xx[i] - yy[i]) ** 2 + 4 * square;
    const smaller = Math.max(contrast[i] - Math.sqrt(spread), 0) / 2;
    // A little confidence everywhere: where nothing at all can be seen, the plain mean is taken.
    confidence[i] = smaller / (smaller + damping) + 1e-3;
    const dampedX = xx[i] + damping;
    const dampedY = yy[i] + damping;
    const over = 1 / (dampedX * dampedY - square);
    inverse[0][i] = dampedY * over;
    inverse[1][i] = -xy[i] * over;
    inverse[2][i] = dampedX * over;
  }
  const share = planes.meanAround(confidence, grid, SMOOTHING).map((mean) => 1 / mean);
  return { side, grid, picture, gradientX, gradientY, inverse, contrast, confidence, share };
}

function everySecond(values: Float32Array, side: number): Float32Array {
  const half = Math.ceil(side / 2);
  const kept = new Float32Array(half * half);
  for (let row = 0, to = 0; row < side; row += 2) {
    for (let column = 0; column < side; column += 2) kept[to++] = values[row * side + column];
  }
  return kept;
}

/** Confidence, less where the pictures disagree: differences as of a motion by 1 px halve it. */
function trust(level: Level, error: Float32Array): Float32Array {
  const weight = windowMean(error, error, level);
  for (let i = 0; i < weight.length; i++) {
    const expected = level.contrast[i] + NOISE_FLOOR;
    weight[i] = (Math.min(level.confidence[i], 1) * expected) / (weight[i] + expected);
  }
  return weight;
}

/** The mean of a product over windows. */
const windowMean = (a: Float32Array, b: Float32Array, { side, grid }: { side: number; grid: number }): Float32Array =>
  planes.meanAround(planes.poolProduct(a, b, side, grid), grid, WINDOW);
