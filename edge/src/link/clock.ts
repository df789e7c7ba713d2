/** What time it is in the session: it began once, however often the page is loaded since. */

import { RATE_HZ } from "./layout";

/** Seconds since the session began. It never goes back, whatever the device's own clock does. */
export class SessionClock {
  /**
   * @param now a clock that only goes forward, milliseconds
   * @param beganMs when the session began on that clock
   */
  constructor(
    private readonly now: () => number,
    private beganMs: number,
  ) {}

  /** Now. */
  get s(): number {
    return Math.max(0, (this.now() - this.beganMs) / 1000);
  }

  /** A moment of the same clock, as session time. */
  at(ms: number): number {
    return Math.max(0, (ms - this.beganMs) / 1000);
  }

  /** Number of the row that comes next: row k holds what is seen until k / 10 s. */
  get nextRow(): number {
    return Math.floor(this.s * RATE_HZ) + 1;
  }

  /** When the session began. */
  get began(): number {
    return this.beganMs;
  }

  /** The service is further than this clock: a page that forgot when it began goes on from there. */
  notBefore(row: number): void {
    const behindS = (row - 1) / RATE_HZ - this.s;
    if (behindS > 0) this.beganMs -= behindS * 1000;
  }
}
