/**
 * The head's input, number by number, for one side of the face.
 *
 * `own` always is the side asked for and x grows away from the midline towards it, so the vector of the right side is
 * the vector of the left side of the mirrored face: one network serves both. The order of the parts is Python's
 * (`units/feature_vector.py`).
 */

import { points68 } from "../face/points68";
import { CODE } from "../face/refine_net";
import { MEAN, MIRRORED_68 } from "../face/tables";
import { REGIONS, type FaceView } from "../face/view";
import { DESCRIPTOR_SIZE, describe, DISPLACEMENT_SIZE, MIRROR_ORDER } from "../motion/descriptors";
import type { FlowField } from "../motion/flow";
import type { Look, Neutral } from "./neutral";

/** Crop pixels a second to numbers about 1. */
const MOTION_SCALE = 1 / 60;
/** Crop pixels to numbers about 1. */
const DISTANCE_SCALE = 1 / 6;
/** Eyes' distances to numbers about 1. */
const GEOMETRY_SCALE = 10;
const TURN_SCALE = 2;
/** Of what codes and geometry change by in a second. */
const CHANGE_SCALE = 0.1;

const HALF = DISPLACEMENT_SIZE / 2;
const PICTURE = 6;
/** Numbers of one side's vector. */
export const SIZE =
  6 * HALF + 6 * CODE + 3 * 2 * 68 + 4 * REGIONS + 2 * 3 + REGIONS + PICTURE + DESCRIPTOR_SIZE;

const MEAN68 = points68(MEAN, 3);

/** All that a frame's vector is made of. */
export interface Seen {
  view: FaceView;
  look: Look;
  neutral: Neutral;
  /** (17, 2, 3, 3, 2): from the neutral, by cell, crop pixels. */
  distance: Float32Array;
  /** The same shape, crop pixels a second: how the distance changed just now; null on the first frame. */
  quick: Float32Array | null;
  /** ... and over some frames. */
  slow: Float32Array | null;
  /** (CODE, 2): how the code changed over some frames, 1/s ... */
  codeChange: Float32Array | null;
  /** ... and the points: (68, 2), eyes' distances a second. */
  geometryChange: Float32Array | null;
  /** The skin's motion just now. */
  moved: FlowField | null;
  /** One over the time `moved` took. */
  rateHz: number;
}

/** The vectors of the left and the right side, (2, SIZE). */
export function vectorsOf(seen: Seen): Float32Array {
  const { look, neutral, view } = seen;
  const geometry = flat(look.points68, neutral.look.points68);
  const shape = flat(neutral.look.points68, MEAN68);
  const codeOff = look.code.map((code, i) => code - neutral.look.code[i]);
  const off = look.turned.map((angle, i) => angle - neutral.look.turned[i]);
  const histograms = seen.moved === null ? null : describe(seen.moved, neutral.ready.samples);
  const picture = pictureOf(view, neutral);
  const vectors = new Float32Array(2 * SIZE);
  for (const own of [0, 1] as const) {
    const into = new Part(vectors, own * SIZE, own);
    into.halves(seen.distance, HALF / REGIONS, DISTANCE_SCALE);
    into.points(geometry, GEOMETRY_SCALE);
    into.points(shape, GEOMETRY_SCALE);
    into.halves(look.code, 1, 1);
    into.halves(codeOff, 1, 1);
    into.halves(look.still, 1, 1);
    into.halves(neutral.look.still, 1, 1);
    into.turn(look.turned);
    into.turn(off);
    into.all(view.seen, 1);
    into.all(picture, 1);
    into.halves(seen.quick ?? NO_CHANGE, HALF / REGIONS, MOTION_SCALE);
    into.halves(seen.slow ?? NO_CHANGE, HALF / REGIONS, MOTION_SCALE);
    into.halves(seen.codeChange ?? NO_CODE, 1, CHANGE_SCALE);
    into.points(seen.geometryChange ?? NO_BEND, GEOMETRY_SCALE * CHANGE_SCALE);
    into.histograms(histograms ?? NO_MOTION, seen.rateHz * MOTION_SCALE);
  }
  return vectors;
}

const NO_CHANGE = new Float32Array(DISPLACEMENT_SIZE);
const NO_CODE = new Float32Array(2 * CODE);
const NO_BEND = new Float32Array(2 * 68);
const NO_MOTION = new Float32Array(DESCRIPTOR_SIZE);

/** Writes one side's vector, part after part. */
class Part {
  constructor(
    private readonly vectors: Float32Array,
    private at: number,
    private readonly own: 0 | 1,
  ) {}

  /** Values (n, 2, `each`): all of the own half, then all of the other. */
  halves(values: Float32Array, each: number, scale: number): void {
    for (const half of [this.own, 1 - this.own]) {
      for (let i = half * each; i < values.length; i += 2 * each) {
        for (let k = 0; k < each; k++) this.vectors[this.at++] = values[i + k] * scale;
      }
    }
  }

  /** Points (68, 2). */
  points(values: Float32Array, scale: number): void {
    for (let i = 0; i < 68; i++) {
      const from = 2 * (this.own ? MIRRORED_68[i] : i);
      this.vectors[this.at++] = (this.own ? -scale : scale) * values[from];
      this.vectors[this.at++] = scale * values[from + 1];
    }
  }

  /** Yaw, pitch, roll. */
  turn([yaw, pitch, roll]: Float32Array): void {
    const sign = this.own ? -TURN_SCALE : TURN_SCALE;
    this.vectors[this.at++] = sign * yaw;
    this.vectors[this.at++] = TURN_SCALE * pitch;
    this.vectors[this.at++] = sign * roll;
  }

  /** What is the same for both sides. */
  all(values: ArrayLike<number>, scale: number): void {
    for (let i = 0; i < values.length; i++) this.vectors[this.at++] = values[i] * scale;
  }

  histograms(values: Float32Array, scale: number): void {
    for (let i = 0; i < values.length; i++) {
      this.vectors[this.at++] = values[this.own ? MIRROR_ORDER[i] : i] * scale;
    }
  }
}

/** x and y of the difference of points (68, 3). */
function flat(points: Float32Array, from: Float32Array): Float32Array {
  const into = new Float32Array(2 * 68);
  for (let i = 0; i < 68; i++) {
    into[2 * i] = points[3 * i] - from[3 * i];
    into[2 * i + 1] = points[3 * i + 1] - from[3 * i + 1];
  }
  return into;
}

/** How well the face was seen, and how much is known of its neutral. */
const pictureOf = ({ quality }: FaceView, neutral: Neutral): number[] => [
  quality.brightness,
  quality.noise * 20,
  quality.blur,
  quality.faceSize,
  Math.min(neutral.frames, 20) / 20,
  neutral.activity,
];
