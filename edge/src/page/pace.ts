/** How many frames a second are read: as many as the device has time for, and one in each tenth of a second. */

/** Frames a second, from the best down; below the last one tenths of a second would stay empty. */
export const RATES = [30, 20, 15, 10] as const;
/** Share of its time that the worker may be at work before fewer frames are asked for ... */
const MOST_BUSY = 0.75;
/** ... and at which it may be asked for more. */
const LITTLE_BUSY = 0.5;
/** Frames over which it is looked at; the first ones of all are slow. */
const LOOK_FRAMES = 15;
/** A frame that comes so much too early is taken for one in time: cameras are not exact. */
const EARLY = 0.3;
const SMOOTH = 0.1;

/** What a report tells. */
export interface Report {
  framesPerS: number;
  /** Frames that the camera gave and that were not read. */
  dropped: number;
  msAFrame: number;
}

/** Decides of each frame whether it is read. Times are milliseconds, and given. */
export class Pace {
  private level = 0;
  private dueMs = -Infinity;
  private tenth = NaN;
  private msAFrame = NaN;
  private untilLook = 2 * LOOK_FRAMES;
  private read = 0;
  private dropped = 0;
  private sinceMs = NaN;

  /** Frames a second that are aimed at. */
  get ratePerS(): number {
    return RATES[this.level];
  }

  /**
   * A frame is there: whether to read it. A row without frames counts as unread, so the first one of each tenth of
   * a second is wanted whatever the rate.
   *
   * @param tenth number of the row that it belongs to
   * @param busy the last one is not done yet
   */
  take(nowMs: number, tenth: number, busy: boolean): boolean {
    const everyMs = 1000 / this.ratePerS;
    const due = tenth !== this.tenth || nowMs >= this.dueMs - EARLY * everyMs;
    if (!due || busy) {
      this.dropped++;
      return false;
    }
    this.tenth = tenth;
    // From when it was due, so that the rate holds; from now where that is far away.
    this.dueMs = (Math.abs(nowMs - this.dueMs) > everyMs ? nowMs : this.dueMs) + everyMs;
    return true;
  }

  /** Frames that the camera had and that nobody was offered. */
  missed(count: number): void {
    this.dropped += count;
  }

  /** A frame was read in so much time; whether another rate is aimed at from now on. */
  done(ms: number): boolean {
    this.read++;
    this.msAFrame = Number.isNaN(this.msAFrame) ? ms : this.msAFrame + SMOOTH * (ms - this.msAFrame);
    if (--this.untilLook > 0) return false;
    this.untilLook = LOOK_FRAMES;
    const before = this.level;
    if (this.busyAt(this.level) > MOST_BUSY && this.level < RATES.length - 1) this.level++;
    else if (this.level > 0 && this.busyAt(this.level - 1) < LITTLE_BUSY) this.level--;
    return this.level !== before;
  }

  /** Since the last report. */
  report(nowMs: number): Report {
    const s = (nowMs - this.sinceMs) / 1000;
    const told = { framesPerS: s > 0 ? this.read / s : 0, dropped: this.dropped, msAFrame: this.msAFrame || 0 };
    this.restart(nowMs);
    return told;
  }

  /** Count anew, as after a rest. */
  restart(nowMs: number): void {
    this.sinceMs = nowMs;
    this.read = this.dropped = 0;
  }

  private busyAt(level: number): number {
    return (this.msAFrame * RATES[level]) / 1000;
  }
}
