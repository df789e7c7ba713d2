/** Frames that a camera took and nobody was handed: the gaps in its stamps tell. */

/** Gaps that are remembered; the least of them is how long a frame lasts, in whatever light it is now. */
const KEPT = 30;

export class Missed {
  private readonly gapsMs: number[] = [];
  private lastMs = NaN;

  /** How many frames lie between the last one and this, by the camera's own stamp. */
  before(stampMs: number): number {
    const gapMs = stampMs - this.lastMs;
    this.lastMs = stampMs;
    if (!(gapMs > 0)) return 0;
    this.gapsMs.push(gapMs);
    if (this.gapsMs.length > KEPT) this.gapsMs.shift();
    return Math.round(gapMs / Math.min(...this.gapsMs)) - 1;
  }
}
