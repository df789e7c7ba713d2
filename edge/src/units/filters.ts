/**
 * From intensities a frame to the energy of brief acts, causally and by the frames' real times.
 *
 *     energy     how far x(c) lies outside [min(b, f), max(b, f)], where b and f are the means of x over the
 *                stretches 0.10 - 0.16 s before and after c, and c is the frame 0.16 s ago
 */

import { UNITS } from "../core/channels";

/** How late energy tells of a bump: what stands out must have come back. */
const LAG_S = 0.16;
/** A unit that was unread for longer begins anew. */
const RESTART_S = 0.5;
/** Half of the stretch on which the height at a frame is taken; a frame's spacing where that is longer. */
const REACH_S = 0.01;
const NEAREST_S = 0.1;
const STEPS = 5;
const BEFORE_S = Float64Array.from(
  { length: STEPS },
  (_, i) => -LAG_S + ((LAG_S - NEAREST_S) * i) / (STEPS - 1),
);
const AFTER_S = Float64Array.from(BEFORE_S, (_, i) => -BEFORE_S[STEPS - 1 - i]);
const STRETCH_S = BEFORE_S[STEPS - 1] - BEFORE_S[0];
const KEPT_S = 2 * LAG_S + RESTART_S;
const SLACK_S = 1e-6;
const SERIES = 2 * UNITS;

/** How far what just came and went stands out, for the units of one face. */
export class BriefEnergy {
  private times: number[] = [];
  private past: Float64Array[] = [];
  private readonly readS = new Float64Array(SERIES).fill(-Infinity);
  private energy: Float64Array = new Float64Array(SERIES);

  /** The energy after one more frame of intensities (17, 2); NaN where unread. */
  step(timeS: number, intensity: Float32Array): Float32Array {
    const lastS = this.times.length > 0 ? this.times[this.times.length - 1] : -Infinity;
    this.remember(timeS, Float64Array.from(intensity));
    this.energy = this.stepEnergy(timeS, lastS);
    return Float32Array.from(this.energy, (energy, i) => (Number.isNaN(intensity[i]) ? NaN : energy));
  }

  /** Add a frame; a unit read again after a short gap ran straight meanwhile, after a long one stood. */
  private remember(timeS: number, now: Float64Array): void {
    while (this.times.length > 0 && this.times[0] <= timeS - KEPT_S) {
      this.times.shift();
      this.past.shift();
    }
    this.times.push(timeS);
    this.past.push(now);
    const before = this.past[Math.max(this.past.length - 2, 0)];
    for (let i = 0; i < SERIES; i++) {
      if (Number.isNaN(now[i])) continue;
      if (timeS - this.readS[i] > RESTART_S) {
        for (const frame of this.past) frame[i] = now[i];
        this.energy[i] = 0;
      } else if (Number.isNaN(before[i])) {
        this.fill(i);
      }
      this.readS[i] = timeS;
    }
  }

  /** Fill a series' gaps straight from what was read before to what was read after. */
  private fill(i: number): void {
    const read = this.past.flatMap((frame, k) => (Number.isNaN(frame[i]) ? [] : [k]));
    for (let k = 0; k < this.past.length; k++) {
      if (!Number.isNaN(this.past[k][i])) continue;
      const after = read.find((other) => other > k) ?? read[read.length - 1];
      const before = read.filter((other) => other < k).pop() ?? after;
      const span = this.times[after] - this.times[before];
      const share = span > 0 ? (this.times[k] - this.times[before]) / span : 0;
      this.past[k][i] = this.past[before][i] + share * (this.past[after][i] - this.past[before][i]);
    }
  }

  /** The most that any frame whose surroundings are now complete stands out of them. */
  private stepEnergy(timeS: number, lastS: number): Float64Array {
    let found: Float64Array | null = null;
    for (const middleS of this.times) {
      if (middleS > timeS - LAG_S + SLACK_S || middleS <= lastS - LAG_S + SLACK_S) continue;
      const out = this.standsOut(middleS);
      found = found === null ? out : found.map((most, i) => Math.max(most, out[i]));
    }
    return found ?? this.energy;
  }

  private standsOut(middleS: number): Float64Array {
    const count = this.times.length;
    const spacingS = (this.times[count - 1] - this.times[0]) / Math.max(count - 1, 1);
    const reachS = Math.max(REACH_S, spacingS);
    const at = (offsetS: number): Float64Array => this.at(middleS + offsetS);
    const earlier = Array.from(BEFORE_S, at);
    const later = Array.from(AFTER_S, at);
    const [low, middle, high] = [at(-reachS), at(0), at(reachS)];
    const outside = new Float64Array(SERIES);
    for (let i = 0; i < SERIES; i++) {
      const shift = vertex(low[i], middle[i], high[i]);
      const before = meanRun(earlier, i, shift * reachS);
      const after = meanRun(later, i, shift * reachS);
      const height = middle[i] - 0.25 * (low[i] - high[i]) * shift;
      const out = Math.max(height - Math.max(before, after), Math.min(before, after) - height);
      // Not Math.max: what is unread stays NaN.
      outside[i] = out < 0 ? 0 : out;
    }
    return outside;
  }

  /** The intensities at a time, the first frame's before it. */
  private at(timeS: number): Float64Array {
    const count = this.times.length;
    if (count === 1) return this.past[0];
    let right = this.times.findIndex((other) => other >= timeS);
    right = Math.min(Math.max(right < 0 ? count : right, 1), count - 1);
    const startS = this.times[right - 1];
    const share = Math.min(Math.max((timeS - startS) / (this.times[right] - startS), 0), 1);
    const [before, after] = [this.past[right - 1], this.past[right]];
    return before.map((value, i) => value * (1 - share) + after[i] * share);
  }
}

/** The mean of a stretch that is moved by `shiftS`, as if it ran straight. */
function meanRun(stretch: readonly Float64Array[], i: number, shiftS: number): number {
  let sum = 0;
  for (const values of stretch) sum += values[i];
  return sum / STEPS + (shiftS * (stretch[STEPS - 1][i] - stretch[0][i])) / STRETCH_S;
}

/** Where the parabola through three even values turns, in steps from the middle; 0 where it is no extreme. */
function vertex(low: number, middle: number, high: number): number {
  if (!((middle - low) * (middle - high) > 0)) return 0;
  return (low - high) / (2 * (low - 2 * middle + high));
}
