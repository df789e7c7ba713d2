/** When a frame was taken: a camera stamps its frames evenly, but they are handed over now sooner, now later. */

/** So long the least delay is remembered, at least; clocks drift. */
const KEPT_MS = 10_000;

/** From a camera's own time stamps to the page's clock, by the frames that were handed over fastest. */
export class FrameClock {
  private before = Infinity;
  private least = Infinity;
  private sinceMs = -Infinity;
  private lastMs = -Infinity;

  /** When a frame that came at `nowMs` and is stamped `stampMs` was taken; later than the one before. */
  taken(stampMs: number, nowMs: number): number {
    if (nowMs - this.sinceMs > KEPT_MS) {
      this.before = this.least;
      this.least = Infinity;
      this.sinceMs = nowMs;
    }
    this.least = Math.min(this.least, nowMs - stampMs);
    this.lastMs = Math.max(this.lastMs + 1, stampMs + Math.min(this.least, this.before));
    return this.lastMs;
  }
}
