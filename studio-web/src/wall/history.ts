/** The last minutes of one viewer's probability, one value a second; NaN where nothing was read. */

const SECONDS = 600;

export class History {
  private readonly values = new Float32Array(SECONDS).fill(Number.NaN);
  /** The session's second of the newest value; -1 before the first. */
  last = -1;

  /** Oldest first, the last of them at `second`. */
  begin(history: readonly (number | null)[], second: number): void {
    this.values.fill(Number.NaN);
    this.last = second;
    const known = history.slice(-SECONDS);
    known.forEach((value, k) => this.set(second - known.length + 1 + k, value));
  }

  /** A value at a second. Seconds that were left out stay unread; one that comes again replaces. */
  add(second: number, value: number | null): void {
    if (second <= this.last - SECONDS) return;
    for (let at = Math.max(this.last + 1, second - SECONDS + 1); at < second; at++) this.set(at, null);
    this.set(second, value);
    this.last = Math.max(this.last, second);
  }

  /** Copies the seconds up to `end` into `into`, its last place being `end`. */
  read(into: Float32Array, end: number): void {
    for (let k = 0; k < into.length; k++) {
      const second = end - into.length + 1 + k;
      const known = second >= 0 && second <= this.last && second > this.last - SECONDS;
      into[k] = known ? this.values[second % SECONDS] : Number.NaN;
    }
  }

  private set(second: number, value: number | null): void {
    if (second >= 0) this.values[second % SECONDS] = value ?? Number.NaN;
  }
}

/** Lowest and highest of what was read, or null where nothing was. */
export function range(values: Float32Array): { low: number; high: number } | null {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value !== value) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low > high ? null : { low, high };
}
