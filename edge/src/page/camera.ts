/** The camera: opened when it is needed, put out when it is not, and its frames one by one. */

import { FrameClock } from "./frame_clock";
import { Missed } from "./missed";

/** A frame that can be handed to the worker, or let go of. */
export interface CameraFrame {
  /** When it was taken, on the page's clock, milliseconds. */
  atMs: number;
  /** Frames that the browser left out since the last one. */
  missed: number;
  /** The picture, to be transferred; asked for once at most. */
  shot(): Promise<VideoFrame | ImageBitmap | ImageData>;
  /** Nobody wants it. */
  drop(): void;
}

/** Why there is no picture, as one word that the viewer is told a sentence for. */
export type CameraFault = "denied" | "none" | "busy" | "gone" | "insecure" | "unknown";

export class CameraError extends Error {
  constructor(readonly fault: CameraFault) {
    super(`the camera: ${fault}`);
  }
}

/** One opening of the camera. */
export class Camera {
  private stopped = false;
  private video: HTMLVideoElement | null = null;
  private reader: ReadableStreamDefaultReader<VideoFrame> | null = null;
  private canvas: HTMLCanvasElement | null = null;

  private constructor(
    readonly stream: MediaStream,
    private readonly track: MediaStreamTrack,
  ) {}

  /** Ask the viewer's browser for the camera; no sound. */
  static async open(): Promise<Camera> {
    // Without https there is no camera at all.
    if (!navigator.mediaDevices?.getUserMedia) throw new CameraError("insecure");
    const wanted = { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 30 }, facingMode: "user" };
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ video: wanted, audio: false });
      return new Camera(stream, stream.getVideoTracks()[0]);
    } catch (error) {
      throw new CameraError(faultOf(error));
    }
  }

  /**
   * Hand over frames until it is stopped. Each is dropped or its picture taken before the next is waited for.
   *
   * @param draws whether the worker can take frames and bitmaps; else they are drawn here
   * @param onGone the camera was unplugged, or taken away by the viewer
   */
  run(draws: boolean, onFrame: (frame: CameraFrame) => void, onGone: () => void): void {
    this.track.onended = () => this.stopped || onGone();
    const from = draws && "MediaStreamTrackProcessor" in globalThis ? this.stamped(onFrame) : this.seen(draws, onFrame);
    from.catch(() => this.stopped || onGone());
  }

  /** Ask the camera itself for fewer frames, or more; it may not listen. */
  aim(ratePerS: number): void {
    const wanted = { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: Math.max(15, ratePerS) } };
    void this.track.applyConstraints(wanted).catch(() => undefined);
  }

  /** Put it out, light and all. */
  stop(): void {
    this.stopped = true;
    this.track.onended = null;
    void this.reader?.cancel().catch(() => undefined);
    for (const track of this.stream.getTracks()) track.stop();
    if (this.video) this.video.srcObject = null;
    this.video = this.canvas = null;
  }

  /** Frames as the camera gives them, with its own stamps. */
  private async stamped(onFrame: (frame: CameraFrame) => void): Promise<void> {
    const { readable } = new MediaStreamTrackProcessor({ track: this.track, maxBufferSize: 1 });
    const clock = new FrameClock();
    const missed = new Missed();
    this.reader = readable.getReader();
    while (!this.stopped) {
      const { done, value: frame } = await this.reader.read();
      if (done || frame === undefined) break;
      if (this.stopped) return frame.close();
      const stampMs = frame.timestamp / 1000;
      const atMs = clock.taken(stampMs, performance.now());
      onFrame({ atMs, missed: missed.before(stampMs), shot: () => Promise.resolve(frame), drop: () => frame.close() });
    }
    if (!this.stopped) throw new CameraError("gone");
  }

  /** Frames as a video element shows them, where the browser gives no others. */
  private async seen(draws: boolean, onFrame: (frame: CameraFrame) => void): Promise<void> {
    const video = document.createElement("video");
    this.video = video;
    video.muted = video.playsInline = true;
    video.srcObject = this.stream;
    await video.play();
    const clock = new FrameClock();
    let presented = 0;
    const next = (nowMs: number, about: VideoFrameCallbackMetadata | null): void => {
      if (this.stopped) return;
      const atMs = about === null ? nowMs : clock.taken(1000 * about.mediaTime, nowMs);
      const missed = about === null || presented === 0 ? 0 : Math.max(0, about.presentedFrames - presented - 1);
      presented = about?.presentedFrames ?? 0;
      onFrame({ atMs, missed, shot: () => this.shoot(video, draws), drop: () => undefined });
      wait();
    };
    const wait = (): void => {
      if ("requestVideoFrameCallback" in video) video.requestVideoFrameCallback(next);
      else requestAnimationFrame((nowMs) => next(nowMs, null));
    };
    wait();
  }

  private async shoot(video: HTMLVideoElement, draws: boolean): Promise<ImageBitmap | ImageData> {
    if (draws) return createImageBitmap(video);
    const { videoWidth, videoHeight } = video;
    const share = Math.min(1, 640 / Math.max(videoWidth, videoHeight));
    this.canvas ??= document.createElement("canvas");
    this.canvas.width = Math.round(videoWidth * share);
    this.canvas.height = Math.round(videoHeight * share);
    const context = this.canvas.getContext("2d", { willReadFrequently: true });
    if (context === null) throw new CameraError("unknown");
    context.drawImage(video, 0, 0, this.canvas.width, this.canvas.height);
    return context.getImageData(0, 0, this.canvas.width, this.canvas.height);
  }
}

const FAULTS: Record<string, CameraFault> = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "none",
  OverconstrainedError: "none",
  NotReadableError: "busy",
  AbortError: "busy",
};

const faultOf = (error: unknown): CameraFault => FAULTS[(error as Error | null)?.name ?? ""] ?? "unknown";

/** Not in TypeScript's library yet: Chromium has it in pages, Safari in workers alone. */
declare class MediaStreamTrackProcessor {
  constructor(options: { track: MediaStreamTrack; maxBufferSize?: number });
  readonly readable: ReadableStream<VideoFrame>;
}
