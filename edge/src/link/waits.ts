/** How long to wait before the next try to connect: longer each time, and never together with everybody else. */

/** Milliseconds, doubling from `first` to `most`, each drawn between half of it and all of it. */
export class Waits {
  private tries = 0;

  constructor(
    private readonly random: () => number = Math.random,
    private readonly firstMs = 400,
    private readonly mostMs = 20_000,
  ) {}

  /** The next wait. */
  next(): number {
    const whole = Math.min(this.mostMs, this.firstMs * 2 ** Math.min(this.tries++, 20));
    return whole * (0.5 + 0.5 * this.random());
  }

  /** A connection stood: the next wait is a short one. */
  reset(): void {
    this.tries = 0;
  }
}
