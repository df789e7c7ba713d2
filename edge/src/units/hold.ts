/**
 * A mouth that does not move shows no change: the intensities x of AU6, 12, 25 and 26 are held unless the skin of
 * their region moves:
 *
 *     held += (1 - exp(-r dt)) (x - held)          r = 60/s min(moving, 2)^8 + 0.3/s
 */

import { ACTION_UNITS } from "../core/channels";

const HELD = [6, 12, 25, 26].map((unit) => ACTION_UNITS.indexOf(unit));
const RATE_HZ = 60;
const STEEP = 8;
/** What was held wrongly is right again after some seconds. */
const LEAK_HZ = 0.3;
/** More changes nothing. */
const FASTEST = 2;
const MOVED_S = 0.2;
const SLACK_S = 1e-6;

/** The intensities of one face, those of the mouth held where it is still. */
export class Hold {
  private readonly held = new Float32Array(2 * HELD.length).fill(NaN);
  private moving: { timeS: number; speeds: Float32Array }[] = [];
  private timeS = -Infinity;

  /**
   * The next frame's intensities, (17, 2); NaN where they were.
   *
   * @param moving (17, 2)
   * @param alone whether there is nothing to compare this frame with: then it is taken as it is
   */
  step(timeS: number, intensity: Float32Array, moving: Float32Array, alone: boolean): Float32Array {
    if (alone) this.moving = [];
    this.moving.push({ timeS, speeds: picked(moving) });
    while (timeS - this.moving[0].timeS > MOVED_S + SLACK_S) this.moving.shift();
    const now = picked(intensity);
    const passed = intensity.slice();
    for (let i = 0; i < now.length; i++) {
      const fastest = this.moving.reduce((most, { speeds }) => Math.max(most, speeds[i]), -Infinity);
      const rateHz = RATE_HZ * Math.min(fastest, FASTEST) ** STEEP + LEAK_HZ;
      const share = Math.fround(1 - Math.exp(-rateHz * (timeS - this.timeS)));
      const taken = alone || Number.isNaN(this.held[i]);
      this.held[i] = taken ? now[i] : this.held[i] + share * (now[i] - this.held[i]);
      passed[2 * HELD[i >> 1] + (i % 2)] = this.held[i];
    }
    this.timeS = timeS;
    return passed;
  }
}

const picked = (values: Float32Array): Float32Array =>
  Float32Array.from({ length: 2 * HELD.length }, (_, i) => values[2 * HELD[i >> 1] + (i % 2)]);
