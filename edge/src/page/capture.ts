/**
 * Camera and worker together: `go` and `rest` as often as wanted, `close` once. One picture is under way at a
 * time, no queue: a frame that comes meanwhile is dropped.
 */

import { rowOf } from "../link/layout";
import type { NumberedRow } from "../link/wire";
import type { FromWorker, Look, ToWorker } from "../worker/protocol";
import { Camera, CameraError, type CameraFault, type CameraFrame } from "./camera";
import { Pace, type Report } from "./pace";

/** Where the device's own files lie. */
export interface Files {
  /** The worker's script. */
  worker: string;
  /** Folder of the networks. */
  models: string;
  /** onnxruntime's WebAssembly. */
  wasm: string;
}

export type Fault = { part: "camera"; fault: CameraFault } | { part: "model"; detail: string };

export interface CaptureEvents {
  rows(rows: NumberedRow[]): void;
  /** Whether a face was read in the latest frame. */
  face(found: boolean): void;
  /** Every few seconds. */
  report(report: Report): void;
  /** Nothing runs any more. */
  failed(fault: Fault): void;
  /** For a page that draws the reading for the viewer alone. */
  look?(look: Look | null, ms: number): void;
  /** The camera's stream while it is open, to show the viewer. */
  stream?(stream: MediaStream | null): void;
}

const REPORT_MS = 5_000;
/** A frame that takes longer will not end. */
const STUCK_MS = 20_000;

export class Capture {
  private worker: Worker | null = null;
  private camera: Camera | null = null;
  private draws = true;
  private pace = new Pace();
  private wanted = false;
  private opening = false;
  private busySinceMs: number | null = null;
  private lightTimer: ReturnType<typeof setTimeout> | null = null;
  private reportTimer: ReturnType<typeof setInterval> | null = null;
  private loaded: (() => void) | null = null;
  private over = false;

  /** @param sessionS session time of a moment on the page's clock */
  constructor(
    private readonly files: Files,
    private readonly sessionS: (ms: number) => number,
    private readonly events: CaptureEvents,
  ) {}

  /** Load worker and networks; the camera stays out until then. */
  load(): Promise<void> {
    return new Promise((resolve) => {
      this.loaded = resolve;
      try {
        this.worker = startWorker(this.files.worker);
      } catch (error) {
        return this.fail({ part: "model", detail: String(error) });
      }
      this.worker.onmessage = ({ data }: MessageEvent<FromWorker>) => this.hear(data);
      this.worker.onerror = (event) => {
        event.preventDefault();
        this.fail({ part: "model", detail: event.message || `${this.files.worker} did not start` });
      };
      this.post({ type: "load", models: this.files.models, wasm: this.files.wasm });
    });
  }

  /** Read, from now on. */
  async go(): Promise<void> {
    this.wanted = true;
    if (this.lightTimer !== null) clearTimeout(this.lightTimer);
    this.lightTimer = null;
    this.pace.restart(performance.now());
    this.reportTimer ??= setInterval(() => this.report(), REPORT_MS);
    if (this.camera !== null || this.opening || this.worker === null) return;
    this.opening = true;
    try {
      const camera = await Camera.open();
      this.opening = false;
      // The viewer may have said no while the browser asked.
      if (!this.wanted || this.worker === null) return camera.stop();
      this.camera = camera;
      this.events.stream?.(camera.stream);
      camera.run(this.draws, (frame) => void this.offer(frame), () => this.fail({ part: "camera", fault: "gone" }));
    } catch (error) {
      this.opening = false;
      if (this.wanted) this.fail({ part: "camera", fault: error instanceof CameraError ? error.fault : "unknown" });
    }
  }

  /** Read nothing more; the camera's light goes out a little later, unless reading goes on by then. */
  rest(lightAfterMs = 0): void {
    if (!this.wanted) return;
    this.wanted = false;
    if (this.reportTimer !== null) clearInterval(this.reportTimer);
    this.reportTimer = null;
    this.post({ type: "rest" });
    if (lightAfterMs === 0) this.putOut();
    else this.lightTimer = setTimeout(() => this.putOut(), lightAfterMs);
  }

  /** End it for good: no camera, no worker, no network in memory. */
  close(): void {
    this.over = true;
    this.rest();
    if (this.lightTimer !== null) clearTimeout(this.lightTimer);
    this.putOut();
    this.worker?.terminate();
    this.worker = null;
  }

  private putOut(): void {
    this.lightTimer = null;
    if (this.camera === null) return;
    this.camera.stop();
    this.camera = null;
    this.events.stream?.(null);
  }

  private async offer(frame: CameraFrame): Promise<void> {
    const nowMs = performance.now();
    this.pace.missed(frame.missed);
    if (this.busySinceMs !== null && nowMs - this.busySinceMs > STUCK_MS) {
      frame.drop();
      return this.fail({ part: "model", detail: "a frame was not read in time" });
    }
    const timeS = this.sessionS(frame.atMs);
    if (!this.wanted || !this.pace.take(nowMs, rowOf(timeS), this.busySinceMs !== null)) return frame.drop();
    this.busySinceMs = nowMs;
    try {
      const shot = await frame.shot();
      const look = this.events.look !== undefined;
      this.post({ type: "shot", timeS, shot, look }, "close" in shot ? [shot] : [shot.data.buffer]);
    } catch {
      // A video that has no picture yet.
      this.busySinceMs = null;
    }
  }

  private hear(message: FromWorker): void {
    switch (message.type) {
      case "loaded":
        this.draws = message.draws;
        this.loaded?.();
        break;
      case "failed":
        this.fail({ part: "model", detail: message.why });
        break;
      case "rested":
        this.events.rows(message.rows);
        break;
      case "read":
        this.busySinceMs = null;
        if (this.pace.done(message.ms)) this.camera?.aim(this.pace.ratePerS);
        this.events.rows(message.rows);
        this.events.face(message.face);
        this.events.look?.(message.look, message.ms);
    }
  }

  private report(): void {
    if (this.camera !== null) this.events.report(this.pace.report(performance.now()));
  }

  private fail(fault: Fault): void {
    if (this.over) return;
    this.close();
    this.events.failed(fault);
  }

  private post(message: ToWorker, transfer: Transferable[] = []): void {
    if (this.worker === null) {
      if (message.type === "shot" && "close" in message.shot) message.shot.close();
      return;
    }
    this.worker.postMessage(message, transfer);
  }
}

/** A script of another host of the shop's starts through one of this page's own, as browsers demand. */
function startWorker(url: string): Worker {
  if (new URL(url, location.href).origin === location.origin) return new Worker(url, { type: "module" });
  const text = new Blob([`import ${JSON.stringify(url)};`], { type: "text/javascript" });
  const own = URL.createObjectURL(text);
  try {
    return new Worker(own, { type: "module" });
  } finally {
    setTimeout(() => URL.revokeObjectURL(own), 10_000);
  }
}
