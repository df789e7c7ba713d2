/** BlazeFace, MediaPipe's face detector, short range: faces that fill a good part of the picture. */

import type { Network } from "../models/network";
import { shrinkColours } from "../picture/area";
import type { Picture } from "../picture/picture";

const INPUT_PX = 128;
/** Stride in pixels and anchors in a cell, of each grid. */
const LAYERS = [[8, 2], [16, 6]] as const;
const MIN_SCORE = 0.5;
const MAX_OVERLAP = 0.3;
const LOGIT_LIMIT = 80;
/** Numbers of a row: box, then x and y of six points. */
const ROW = 16;

/** One face. Lengths are pixels of the picture, (0, 0) the outer corner of the first pixel. */
export interface Detection {
  /** Left, top, right, bottom. */
  box: Float32Array;
  /** How sure the detector is, 0 to 1. */
  score: number;
  /** (6, 2): right eye, left eye (the subject's), nose, mouth, ears. */
  points: Float32Array;
}

/** What finds faces: the surest first. */
export interface Detector {
  detect(picture: Picture): Promise<Detection[]>;
}

/** Centres of the anchors, (896, 2), pixels of the input. */
const ANCHORS = Float32Array.from(
  LAYERS.flatMap(([stride, inCell]) => {
    const cells = INPUT_PX / stride;
    return Array.from({ length: cells * cells * inCell }, (_, i) => {
      const cell = Math.floor(i / inCell);
      return [((cell % cells) + 0.5) * stride, (Math.floor(cell / cells) + 0.5) * stride];
    }).flat();
  }),
);

/** The detector. */
export class BlazeFace implements Detector {
  constructor(private readonly model: Network) {}

  async detect(picture: Picture): Promise<Detection[]> {
    const { tensor, scale, shift } = fit(picture);
    const { boxes, logits } = await this.model.run({ picture: tensor });
    return blend(decode(boxes, logits)).map(({ row, score }) => {
      const placed = row.map((at, i) => (at - shift[i % 2]) / scale);
      return { box: placed.slice(0, 4), score, points: placed.slice(4) };
    });
  }
}

/** A picture shrunk, its aspect kept, into the middle of a black square: -1 to 1, and the way back. */
export function fit(picture: Picture): { tensor: Float32Array; scale: number; shift: readonly [number, number] } {
  const { width, height } = picture;
  const scale = INPUT_PX / Math.max(height, width);
  const columns = Math.max(1, Math.round(width * scale));
  const rows = Math.max(1, Math.round(height * scale));
  const small = shrinkColours(picture, { left: 0, top: 0, right: width, bottom: height }, columns, rows);
  const left = (INPUT_PX - columns) >> 1, top = (INPUT_PX - rows) >> 1;
  const tensor = new Float32Array(INPUT_PX * INPUT_PX * 3).fill(-1);
  for (let row = 0; row < rows; row++) {
    const to = ((top + row) * INPUT_PX + left) * 3;
    for (let i = 0; i < 3 * columns; i++) tensor[to + i] = small[row * columns * 3 + i] / 127.5 - 1;
  }
  return { tensor, scale, shift: [left, top] };
}

/** A box and its points in pixels of the input: x0, y0, x1, y1, then x, y of each point. */
interface Found {
  row: Float32Array;
  score: number;
}

/** What the network says where it is sure enough. */
function decode(raw: Float32Array, logits: Float32Array): Found[] {
  const found: Found[] = [];
  for (let i = 0; i < logits.length; i++) {
    const score = 1 / (1 + Math.exp(-Math.max(-LOGIT_LIMIT, Math.min(LOGIT_LIMIT, logits[i]))));
    if (score < MIN_SCORE) continue;
    const [x, y, width, height, ...points] = raw.subarray(ROW * i, ROW * (i + 1));
    const anchor = [ANCHORS[2 * i], ANCHORS[2 * i + 1]];
    const corners = [x - width / 2, y - height / 2, x + width / 2, y + height / 2];
    found.push({ row: Float32Array.from([...corners, ...points], (at, k) => at + anchor[k % 2]), score });
  }
  return found.sort((a, b) => b.score - a.score);
}

/** Boxes that overlap the surest one become their mean, weighted by score; its score is the best one's. */
function blend(found: Found[]): Found[] {
  const blended: Found[] = [];
  let left = found;
  while (left.length > 0) {
    const best = left[0];
    const same = left.filter((other) => other === best || overlap(best.row, other.row) > MAX_OVERLAP);
    const sum = same.reduce((total, { score }) => total + score, 0);
    const row = best.row.map((_, i) => same.reduce((total, one) => total + one.row[i] * one.score, 0) / sum);
    blended.push({ row, score: best.score });
    left = left.filter((other) => !same.includes(other));
  }
  return blended;
}

/** Intersection over union of two boxes: left, top, right, bottom. */
export function overlap(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  if (width <= 0 || height <= 0) return 0;
  const shared = width * height;
  return shared / (areaOf(a) + areaOf(b) - shared);
}

/** Area of a box. */
export const areaOf = (box: ArrayLike<number>): number => (box[2] - box[0]) * (box[3] - box[1]);
