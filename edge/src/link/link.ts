/**
 * The connection to the service: rows out, what to show in, and back again after every break.
 *
 *     rows > Kept (56 s) > one message a second          ready, second, show, slow_down, stop, go > `LinkEvents`
 *
 * A break loses nothing that is still kept: the service names the row to go on from. What was decided twice is
 * told once.
 */

import { RATE_HZ } from "./layout";
import type { SessionClock } from "./clock";
import { Kept } from "./kept";
import { parse, type FromDevice, type FromService, type Language, type ShopEventName, type Show, type StopWhy } from "./messages";
import { Waits } from "./waits";
import { encodeRows, MOST_ROWS, PROTOCOL, VERSION, type NumberedRow } from "./wire";

/** What this file needs of a WebSocket; the browser's is one. */
export interface Socket {
  binaryType: string;
  readonly bufferedAmount: number;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
  onerror: (() => void) | null;
  send(data: string | ArrayBuffer): void;
  close(code?: number, reason?: string): void;
}

/** How the connection stands. */
export type LinkState = "connecting" | "open" | "waiting" | "closed";

/** Told to whoever holds the link. */
export interface LinkEvents {
  /** How the connection stands now. */
  state(state: LinkState): void;
  /** Whether reading is allowed, and who forbids it. */
  allowed(reading: boolean, why: string): void;
  /** A second was taken in; `read` is the share of its rows that showed a face. */
  second(second: number, read: number): void;
  /** Something to show; each decision once. */
  show(show: Show): void;
  /** It is over: the device does not come back. */
  ended(why: StopWhy | "refused", detail: string): void;
}

export interface LinkOptions {
  url: string;
  /** The token as it stands. */
  token: () => string;
  /** Asked when the service shuts the door before saying why; false when the token opens nothing any more. */
  renew: () => Promise<boolean>;
  clock: SessionClock;
  language: Language;
  /** The device's clock minus UTC, minutes. */
  utcOffsetMin: number;
  events: LinkEvents;
  waits?: Waits;
  open?: (url: string, protocols: string[]) => Socket;
  /** So often the device says at least that it is still there. */
  wordMs?: number;
  /** So long the service may say nothing while rows are sent. */
  silenceMs?: number;
}

const CODE_FORBIDDEN = 4403;
/** Bytes that the browser may hold back before rows wait here instead. */
const MOST_BUFFERED = 256 * 1024;
const MOST_SEEN = 64;
/** Messages that wait for a connection; the service takes thirty at once. */
const MOST_UNSAID = 20;
/** A connection that stood so long was a good one. */
const STOOD_MS = 5_000;
/** So long what was on the screen is told again on each new connection. */
const TELL_AGAIN_MS = 120_000;

/** One session's connection. */
export class Link {
  private readonly kept = new Kept();
  private readonly waits: Waits;
  private socket: Socket | null = null;
  /** Number of the last row that was sent on this connection; null until the service said `ready`. */
  private sent: number | null = null;
  /** Rows up to this one were taken in. */
  private taken = 0;
  private seen: string[] = [];
  /** What happened while nobody could be told. */
  private unsaid: FromDevice[] = [];
  private onScreen: { decision: string; atMs: number }[] = [];
  private paused: "viewer" | "hidden" | null = null;
  private product = "";
  private holdTimer: Timer = null;
  private againTimer: Timer = null;
  private wordTimer: Interval = null;
  private heardMs = 0;
  private saidMs = 0;
  private readyMs = Infinity;
  private over = false;

  constructor(private readonly options: LinkOptions) {
    this.waits = options.waits ?? new Waits();
  }

  /** Connect, and stay connected until `close` or the service's last word. */
  start(): void {
    this.wordTimer = setInterval(() => this.look(), this.options.wordMs ?? 10_000);
    this.connect();
  }

  /** Take rows in their order; they are sent when their second is over. */
  rows(rows: readonly NumberedRow[]): void {
    for (const row of rows) {
      const before = this.kept.last;
      if (!this.kept.add(row)) continue;
      // The row that ends a second, or the first one after it.
      if (row.number % RATE_HZ === 0) this.flush();
      else if (before > 0 && secondOf(row.number) > secondOf(before)) this.flush(row.number - 1);
    }
  }

  /** Send all that waits, also of a second that is not over. */
  flush(upTo = Infinity): void {
    const { socket } = this;
    if (socket === null || this.sent === null || this.holdTimer !== null) return;
    for (const stretch of this.kept.stretches(this.sent + 1)) {
      const due = stretch.filter(({ number }) => number <= upTo);
      if (due.length === 0 || socket.bufferedAmount > MOST_BUFFERED) return;
      for (let at = 0; at < due.length; at += MOST_ROWS) {
        socket.send(encodeRows(due.slice(at, at + MOST_ROWS), this.options.clock.s));
        this.saidMs = this.nowMs;
      }
      this.sent = due[due.length - 1].number;
    }
  }

  /** What was decided has been on the screen. */
  exposed(decision: string): void {
    this.onScreen = [...this.onScreen, { decision, atMs: this.nowMs }].slice(-MOST_UNSAID);
    if (this.sent !== null) this.say({ type: "exposed", decision });
  }

  /** How the device is doing. */
  device(framesPerS: number, dropped: number, msAFrame: number): void {
    const round = (value: number, most: number): number => Math.min(most, Math.max(0, Math.round(value * 10) / 10));
    this.say({
      type: "device",
      frames_per_s: round(framesPerS, 1000),
      dropped: Math.max(0, Math.round(dropped)),
      ms_a_frame: round(msAFrame, 60_000),
    });
  }

  /** Reading rests; the connection does not. */
  pause(why: "viewer" | "hidden"): void {
    this.flush();
    if (this.paused === why) return;
    this.paused = why;
    this.say({ type: "pause", why });
  }

  /** Reading goes on. */
  resume(): void {
    if (this.paused === null) return;
    this.paused = null;
    this.say({ type: "resume" });
  }

  /** What the viewer did in the shop, without an `eventFault`. */
  event(name: ShopEventName, product = ""): void {
    this.product = product || this.product;
    this.say({ type: "event", name, product });
  }

  /** Do not wait any longer for the next try: the page is looked at again, or the network is back. */
  wake(): void {
    if (this.over || this.againTimer === null) return;
    clearTimeout(this.againTimer);
    this.againTimer = null;
    this.waits.reset();
    this.connect();
  }

  /** Leave; nothing is kept. */
  close(): void {
    if (this.over) return;
    this.over = true;
    for (const timer of [this.againTimer, this.holdTimer, this.wordTimer]) if (timer !== null) clearTimeout(timer);
    this.againTimer = this.holdTimer = this.wordTimer = null;
    this.drop();
    this.kept.forget();
    this.unsaid = [];
    this.options.events.state("closed");
  }

  private connect(): void {
    if (this.over) return;
    const { url, token, open } = this.options;
    this.options.events.state("connecting");
    const socket = (open ?? browserSocket)(url, [PROTOCOL, `token.${token()}`]);
    this.socket = socket;
    let opened = false;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      opened = true;
      this.heardMs = this.nowMs;
      socket.send(JSON.stringify(this.hello()));
    };
    socket.onmessage = ({ data }) => {
      if (socket !== this.socket) return;
      this.heardMs = this.nowMs;
      const message = parse(data);
      if (message !== null) this.hear(message);
    };
    socket.onerror = () => undefined; // `onclose` follows and says all.
    socket.onclose = ({ code, reason }) => {
      if (socket === this.socket) void this.lost(opened, code, reason);
    };
  }

  private hello(): FromDevice {
    const next = Math.max(this.options.clock.nextRow, this.kept.last + 1);
    return {
      type: "hello",
      version: VERSION,
      next_row: next,
      kept_from: this.kept.last > 0 ? this.kept.from : next,
      language: this.options.language,
      utc_offset_min: this.options.utcOffsetMin,
      product: this.product,
      seen: this.seen,
    };
  }

  private hear(message: FromService): void {
    const { events, clock } = this.options;
    switch (message.type) {
      case "ready":
        clock.notBefore(message.send_from);
        this.heardMs = this.readyMs = this.nowMs;
        this.sent = this.taken = message.send_from - 1;
        if (this.paused !== null) this.say({ type: "pause", why: this.paused });
        this.tellAgain();
        for (const unsaid of this.unsaid.splice(0)) this.say(unsaid);
        events.state("open");
        events.allowed(message.reading, message.why);
        if (message.reading) this.flush();
        break;
      case "second":
        this.taken = Math.max(this.taken, message.second * RATE_HZ);
        events.second(message.second, message.read);
        break;
      case "show":
        if (this.seen.includes(message.decision)) return;
        this.seen = [...this.seen, message.decision].slice(-MOST_SEEN);
        events.show(message);
        break;
      case "slow_down":
        this.hold(message.wait_s);
        break;
      case "stop":
        this.stop(message.why, message.final);
        break;
      case "go":
        events.allowed(true, "");
        break;
      case "refused":
        console.warn(`telltale: the service refused a message: ${message.why}`);
    }
  }

  private stop(why: StopWhy, final: boolean): void {
    // The service itself is leaving: it closes, and another one takes over.
    if (why === "closing" && !final) return;
    if (why === "switched_off" && !final) this.options.events.allowed(false, "switched_off");
    else this.end(why, "");
  }

  /** Send nothing for a while, then again from the last second that was taken in: some of it was refused. */
  private hold(waitS: number): void {
    if (this.holdTimer !== null) return;
    this.holdTimer = setTimeout(() => {
      this.holdTimer = null;
      if (this.sent !== null) this.sent = Math.min(this.sent, this.taken);
      this.flush();
    }, 1000 * Math.min(60, Math.max(0, waitS)));
  }

  private async lost(opened: boolean, code: number, reason: string): Promise<void> {
    // One that was shut out at once is not let in sooner by trying at once.
    if (this.nowMs - this.readyMs > STOOD_MS) this.waits.reset();
    this.readyMs = Infinity;
    this.drop();
    if (code === CODE_FORBIDDEN) return this.end("no_consent", reason);
    this.options.events.state("waiting");
    // A browser does not say why a door stayed shut: a token that cannot be renewed is the one reason to give up.
    if (!opened && !(await this.options.renew())) return this.end("refused", reason);
    if (this.over || this.againTimer !== null || this.socket !== null) return;
    this.againTimer = setTimeout(() => {
      this.againTimer = null;
      this.connect();
    }, this.waits.next());
  }

  private end(why: StopWhy | "refused", detail: string): void {
    if (this.over) return;
    this.close();
    this.options.events.ended(why, detail);
  }

  private drop(): void {
    const { socket } = this;
    this.socket = null;
    this.sent = null;
    if (this.holdTimer !== null) clearTimeout(this.holdTimer);
    this.holdTimer = null;
    if (socket === null) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    try {
      socket.close(1000);
    } catch {
      // It was closed already.
    }
  }

  /** Now and then: say a word where none was said, and notice a connection that is dead though nobody closed it. */
  private look(): void {
    if (this.sent === null) return;
    const { wordMs = 10_000, silenceMs = 15_000 } = this.options;
    const unanswered = this.sent > this.taken + 5 * RATE_HZ;
    if (unanswered && this.nowMs - this.heardMs > silenceMs) void this.lost(true, 1006, "");
    else if (this.paused !== null) this.say({ type: "pause", why: this.paused });
    // True, and without a figure: none was measured.
    else if (this.nowMs - this.saidMs >= 0.9 * wordMs) this.say({ type: "resume" });
  }

  private say(message: FromDevice): void {
    if (this.socket === null || this.sent === null) return this.keep(message);
    this.socket.send(JSON.stringify(message));
    this.saidMs = this.nowMs;
  }

  /** What was on the screen a moment ago: whoever heard of it may be no more. Twice is as good as once. */
  private tellAgain(): void {
    this.onScreen = this.onScreen.filter(({ atMs }) => atMs > this.nowMs - TELL_AGAIN_MS);
    for (const { decision } of this.onScreen) this.say({ type: "exposed", decision });
  }

  /** What the viewer did is told later, how it stood is not. */
  private keep(message: FromDevice): void {
    if (message.type === "event" && !this.over) this.unsaid = [...this.unsaid, message].slice(-MOST_UNSAID);
  }

  private get nowMs(): number {
    return 1000 * this.options.clock.s;
  }
}

type Timer = ReturnType<typeof setTimeout> | null;
type Interval = ReturnType<typeof setInterval> | null;

/** The second that a row lies in, counted from 1. */
const secondOf = (row: number): number => Math.ceil(row / RATE_HZ);

const browserSocket = (url: string, protocols: string[]): Socket => new WebSocket(url, protocols) as unknown as Socket;
