/**
 * The head: from a frame's vector to the units of one side, run on both.
 *
 *     (intensity, velocity, spread, moving)(17) = f(vector of the side)
 */

import { UNITS } from "../core/channels";
import type { Pose } from "../face/view";
import type { Network } from "../models/network";
import { chanceWithin } from "./normal";

/** Confidence is the chance that an intensity lies within this of the truth, on faces as in training. */
export const CLOSE = 0.15;
const UNREADABLE_RAD = (70 * Math.PI) / 180;
const SHARP = 0.1;
/** A unit whose region is in sight by less than this was not read. */
export const HIDDEN_BELOW = 0.35;

/** What the head says of one frame; shapes (17, 2) are left and right. */
export interface HeadReading {
  /** (17, 2); NaN where the unit was hidden. */
  intensity: Float32Array;
  /** (17, 2), 1/s; NaN where hidden. */
  velocity: Float32Array;
  /** (17,), 0 where hidden. */
  confidence: Float32Array;
  /** (17, 2): how fast the skin of a unit's region moves; 1 is slow for a unit that changes. */
  moving: Float32Array;
}

/** The network and what is made of its numbers. */
export class Head {
  constructor(private readonly model: Network) {}

  /**
   * Units of both sides.
   *
   * @param vectors (2, SIZE)
   * @param seen (17,): how far each region is in sight
   * @param clear `clearness` of the view
   */
  async read(vectors: Float32Array, seen: Float32Array, clear: number): Promise<HeadReading> {
    const out = await this.model.run({ vector: vectors });
    const reading: HeadReading = {
      intensity: new Float32Array(2 * UNITS),
      velocity: new Float32Array(2 * UNITS),
      confidence: new Float32Array(UNITS),
      moving: new Float32Array(2 * UNITS),
    };
    for (let unit = 0; unit < UNITS; unit++) {
      const hidden = seen[unit] < HIDDEN_BELOW;
      for (let side = 0; side < 2; side++) {
        const from = side * UNITS + unit, to = 2 * unit + side;
        reading.intensity[to] = hidden ? NaN : Math.max(0, Math.min(1, out.intensity[from]));
        reading.velocity[to] = hidden ? NaN : out.velocity[from];
        reading.moving[to] = out.moving[from];
      }
      const spread = Math.max(out.spread[unit], out.spread[UNITS + unit]);
      reading.confidence[unit] = hidden ? 0 : clear * confidenceOf(spread) * seen[unit];
    }
    return reading;
  }
}

/**
 * How much of a reading's confidence a turned or blurred face leaves, 0 to 1:
 *
 *     (1 - (turn / 70 degrees)^3) (1 - ((blur - .1) / .9)^2)
 */
export function clearness(pose: Pose, blur: number): number {
  const turned = Math.min(Math.max(Math.abs(pose.yaw), Math.abs(pose.pitch)) / UNREADABLE_RAD, 1);
  const blurred = Math.max(blur - SHARP, 0) / (1 - SHARP);
  return (1 - turned ** 3) * (1 - blurred ** 2);
}

/** The chance that both sides lie within `CLOSE` of the truth, `spread` being the wider standard error. */
export const confidenceOf = (spread: number): number => chanceWithin(CLOSE / Math.max(spread, 1e-3));
