/** The wall's WebSocket: comes back by itself when it is lost, and says when it is. */
import type { WallMessage } from "./types.ts";

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 15_000;
/** A tick comes each second; after this long without one the line counts as lost, though it may look open. */
const SILENCE_MS = 5000;
/** Close codes that say "not you": trying again would not help. */
const REFUSED = new Set([1008, 4401, 4403]);

export interface SocketEvents {
  message(message: WallMessage): void;
  /** Whether news is coming; called when that changes. */
  live(live: boolean): void;
  refused(): void;
}

export class WallSocket {
  private socket: WebSocket | null = null;
  private waitMs = FIRST_WAIT_MS;
  private retry = 0;
  private silence = 0;
  private isLive: boolean | null = null;
  private closed = false;

  constructor(
    private readonly path: string,
    private readonly events: SocketEvents,
  ) {
    this.open();
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.retry);
    clearTimeout(this.silence);
    this.socket?.close();
  }

  private open(): void {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${location.host}${this.path}`);
    this.socket = socket;
    this.watchSilence();
    socket.onmessage = (event) => {
      if (typeof event.data !== "string" || this.closed) return;
      this.waitMs = FIRST_WAIT_MS;
      this.watchSilence();
      this.setLive(true);
      this.events.message(JSON.parse(event.data) as WallMessage);
    };
    socket.onclose = (event) => {
      if (this.closed || socket !== this.socket) return;
      clearTimeout(this.silence);
      this.setLive(false);
      if (REFUSED.has(event.code)) this.events.refused();
      this.retry = window.setTimeout(() => this.open(), this.waitMs);
      this.waitMs = Math.min(LONGEST_WAIT_MS, this.waitMs * 2);
    };
  }

  private watchSilence(): void {
    clearTimeout(this.silence);
    this.silence = window.setTimeout(() => {
      this.setLive(false);
      this.socket?.close();
    }, SILENCE_MS);
  }

  private setLive(live: boolean): void {
    if (live === this.isLive || this.closed) return;
    this.isLive = live;
    this.events.live(live);
  }
}
