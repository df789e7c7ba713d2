/** Where the time goes. The reader takes no clock of its own: who wants times gives one. */

/** Told of each stage when it ends, with the milliseconds that it took. */
export type OnStage = (stage: string, ms: number) => void;

/** Times stages by a clock that is given, such as `performance.now`; off by default. */
export class Stages {
  constructor(
    private readonly now: (() => number) | null = null,
    private readonly onStage: OnStage = () => undefined,
  ) {}

  /** Run and time one stage. */
  run<T>(stage: string, work: () => T): T {
    if (this.now === null) return work();
    const began = this.now();
    const done = work();
    this.onStage(stage, this.now() - began);
    return done;
  }

  /** Run and time one stage that waits for a network. */
  async wait<T>(stage: string, work: () => Promise<T>): Promise<T> {
    if (this.now === null) return work();
    const began = this.now();
    const done = await work();
    this.onStage(stage, this.now() - began);
    return done;
  }
}
