/** Where in the session one is, and whether it runs. A video, where there is one, leads. */

export const SPEEDS = [0.25, 0.5, 1, 2, 4] as const;

export class Playhead {
  timeS = 0;
  playing = false;
  speed = 1;
  private lastMs = 0;
  private frame = 0;

  constructor(
    readonly durationS: number,
    private readonly video: HTMLVideoElement | null,
    /** Time on the video's clock minus time on the axis, seconds. */
    private readonly offsetS: number,
    private readonly changed: () => void,
  ) {
    video?.addEventListener("seeked", () => this.playing || changed());
    video?.addEventListener("ended", () => this.pause());
  }

  toggle(): void {
    if (this.playing) this.pause();
    else this.play();
  }

  play(): void {
    if (this.playing) return;
    if (this.timeS >= this.durationS - 0.05) this.seek(0);
    this.playing = true;
    this.lastMs = performance.now();
    if (this.video) void this.video.play().catch(() => this.pause());
    this.frame = requestAnimationFrame((ms) => this.step(ms));
    this.changed();
  }

  pause(): void {
    this.playing = false;
    cancelAnimationFrame(this.frame);
    if (this.video) {
      this.video.pause();
      // It has gone on since the last frame.
      this.follow(this.video.currentTime - this.offsetS);
    }
    this.changed();
  }

  seek(timeS: number): void {
    this.timeS = Math.min(this.durationS, Math.max(0, timeS));
    if (this.video) this.video.currentTime = Math.max(0, this.timeS + this.offsetS);
    this.changed();
  }

  setSpeed(speed: number): void {
    this.speed = speed;
    if (this.video) this.video.playbackRate = speed;
    this.changed();
  }

  private follow(timeS: number): void {
    this.timeS = Math.min(this.durationS, Math.max(0, timeS));
  }

  private step(ms: number): void {
    if (!this.playing) return;
    const passedS = Math.max(0, ms - this.lastMs) / 1000;
    this.lastMs = ms;
    this.follow(this.video ? this.video.currentTime - this.offsetS : this.timeS + passedS * this.speed);
    if (this.timeS >= this.durationS) return this.pause();
    this.changed();
    this.frame = requestAnimationFrame((next) => this.step(next));
  }
}
