/**
 * One viewer on one page, from the first question to the last receipt.
 *
 *     sheet > PUT /v1/consent > networks, connection > camera > rows > service > notes
 *
 * What runs follows from a few facts: agreed, loaded, allowed, paused, hidden, reachable. Whenever one changes,
 * `settle` compares what should run with what does. There is no other place where the camera is turned on.
 */

import { SessionClock } from "../link/clock";
import { Link, type LinkState } from "../link/link";
import { eventFault, type Language, type ShopEventName, type Show } from "../link/messages";
import { Renewal } from "../link/renewal";
import { readToken, Service, ServiceError, type Disclosure, type Receipt } from "../link/service";
import { Capture, type CaptureEvents, type Fault } from "./capture";
import { agreedOf, textName, type Choices } from "./choices";
import { h, shell } from "./dom";
import { Memory } from "./memory";
import { Notes } from "./notes";
import type { Device, Options, State, StateName } from "./options";
import { showReceipt } from "./receipt";
import { problemOf } from "./refusal";
import { openSheet, type Problem } from "./sheet";
import { Sign } from "./sign";
import { Withdrawal } from "./withdrawal";
import { languageOf, wordsOf, type Words } from "./words";

/** For a page that shows the viewer their own reading; a shop's page has none of it. */
export interface Inside {
  look?: CaptureEvents["look"];
  stream?: CaptureEvents["stream"];
  report?: CaptureEvents["report"];
  link?: (state: LinkState) => void;
  second?: (second: number, read: number) => void;
  show?: (show: Show) => void;
}

/** So long after the tab was hidden the camera's light goes out. */
const LIGHT_MS = 3_000;
/** So long no face is in sight before the sign says so. */
const FACELESS_MS = 2_000;
/** So long without a connection there is reading; then the camera rests. */
const ALONE_MS = 120_000;

export class Viewing implements Device {
  state: State = { name: "starting", why: "", text: "" };
  private readonly language: Language;
  private readonly words: Words;
  private readonly service: Service;
  private readonly memory: Memory;
  private readonly clock: SessionClock;
  private readonly renewal: Renewal;
  private readonly withdrawal: Withdrawal;
  private readonly host = h("telltale-device" as "div");
  private readonly root: HTMLElement;
  private readonly styled: Promise<void>;
  private readonly notes: Notes;
  /** Where the page wanted its notes. */
  private notesHost: HTMLElement | null = null;
  private readonly place: string;
  private told: Disclosure | null = null;
  private link: Link | null = null;
  private capture: Capture | null = null;
  private sign: Sign | null = null;
  private closeSheet: (() => void) | null = null;
  private closeReceipt: (() => void) | null = null;
  private aloneTimer: ReturnType<typeof setTimeout> | null = null;

  // The facts.
  private loaded = false;
  private allowed = false;
  private switchedOff = false;
  private reachable = true;
  private paused = false;
  private face = true;
  private faceAtMs = 0;
  private running = false;
  private over: StateName | null = null;

  constructor(
    private readonly options: Options,
    private readonly files: { worker: string; models: string; wasm: string; styles: string },
    private readonly inside: Inside = {},
  ) {
    const { viewer, session, place } = readToken(options.token);
    this.place = place;
    this.language = options.language ?? languageOf(document.documentElement.lang);
    this.words = wordsOf(this.language);
    this.service = new Service(options.service, options.token);
    this.memory = new Memory(session);
    // A tab's clock: it goes on over pages, and never back on one.
    const now = (): number => performance.timeOrigin + performance.now();
    this.clock = new SessionClock(now, this.memory.now.beganMs ?? now());
    this.renewal = new Renewal(this.service, () => this.end("failed", "token"));
    this.withdrawal = new Withdrawal(this.service, this.memory, viewer);
    ({ root: this.root, styled: this.styled } = shell(this.host, files.styles, this.language));
    this.notes = new Notes({
      root: options.place ? this.placed(options.place) : this.root,
      words: this.words,
      checkout: options.checkout,
      exposed: (decision) => this.link?.exposed(decision),
    });
  }

  /** Ask, or go on where the last page of this session was. */
  async start(): Promise<void> {
    document.body.append(this.host);
    this.renewal.start();
    if (this.withdrawal.pending) return this.withdrawAgain();
    const { agreed } = this.memory.now;
    try {
      // What cannot be seen cannot be agreed to.
      [this.told] = await Promise.all([this.service.disclosure(this.place), this.styled]);
    } catch (error) {
      console.warn("telltale: the service cannot be reached, nothing is read", error);
      return this.end("failed", "service");
    }
    if (this.over !== null) return;
    if (agreed?.text === textName(this.told, this.language)) this.begin();
    else if (this.memory.declined) this.tell("declined", "", "");
    else this.ask();
  }

  ask(): void {
    const { told } = this;
    if (told === null || this.closeSheet !== null || this.over === "withdrawn" || this.over === "stopped") return;
    const before = this.agreedTo(told);
    const was = this.state;
    if (this.link === null) this.tell("asking", "", "");
    this.closeSheet = openSheet(this.root, {
      words: this.words,
      language: this.language,
      shop: { ...this.options.shop, name: this.options.shop?.name || location.hostname },
      told,
      before,
      onYes: (choices) => this.yes(choices, told),
      onNo: () => {
        this.closeSheet = null;
        if (this.link !== null) return;
        if (before.length > 0) return this.tell(was.name, was.why, was.text);
        this.memory.declined = true;
        this.tell("declined", "", "");
      },
      onNothing: () => {
        this.closeSheet = null;
        void this.withdraw();
      },
    });
  }

  pause(): void {
    if (this.link === null || this.over !== null) return;
    this.paused = true;
    this.notes.clear();
    this.settle();
  }

  resume(): void {
    if (!this.paused || this.over !== null) return;
    this.paused = false;
    this.settle();
  }

  async optOut(out = true): Promise<void> {
    if (out) this.notes.clear();
    this.memory.change({ optedOut: out });
    this.settle();
    await this.service.optOut(out);
  }

  async withdraw(): Promise<Receipt | null> {
    this.end("withdrawn", "pending");
    const receipt = await this.takeBack();
    if (this.host.isConnected) this.showReceipt(receipt);
    return receipt;
  }

  event(name: ShopEventName, product = ""): boolean {
    const fault = eventFault(name, product);
    if (fault !== null) console.warn(`telltale: ${fault}`);
    else this.link?.event(name, product);
    return fault === null;
  }

  close(): void {
    // One that failed is left behind as well.
    if (this.over === "failed") this.over = null;
    if (this.over === null) this.end("stopped", "page");
    this.renewal.stop();
    removeEventListener("online", this.onOnlineAgain);
    this.closeReceipt?.();
    this.notes.remove();
    this.notesHost?.remove();
    this.host.remove();
  }

  /** A withdrawal of an earlier page, or of before the network was gone. Nothing is read until it is through. */
  private async withdrawAgain(): Promise<void> {
    this.end("withdrawn", "pending");
    const [receipt] = await Promise.all([this.takeBack(), this.styled]);
    // Who was told that it failed was told to wait: only a receipt is news.
    if (receipt !== null && this.host.isConnected) this.showReceipt(receipt);
  }

  private async takeBack(): Promise<Receipt | null> {
    this.memory.change({ agreed: null, optedOut: false });
    this.memory.declined = true;
    removeEventListener("online", this.onOnlineAgain);
    const receipt = await this.withdrawal.send();
    if (receipt === null) {
      // The token is kept alive until then.
      if (this.host.isConnected) addEventListener("online", this.onOnlineAgain);
      this.tell("withdrawn", "pending", this.words.failed.pending);
    } else {
      this.renewal.stop();
      this.tell("withdrawn", "viewer", this.words.failed.withdrawn);
    }
    return receipt;
  }

  private showReceipt(receipt: Receipt | null): void {
    this.closeReceipt?.();
    this.closeReceipt = showReceipt(this.root, this.words, receipt, this.language, () => void this.withdraw());
  }

  /** What the viewer agreed to under the text that they would read now. */
  private agreedTo(told: Disclosure): string[] {
    const { agreed } = this.memory.now;
    return agreed?.text === textName(told, this.language) ? agreed.purposes : [];
  }

  private async yes(choices: Choices, told: Disclosure): Promise<Problem | null> {
    const agreed = agreedOf(choices, told, this.language);
    try {
      const { may_read, why } = await this.service.agree(agreed);
      // They said no while the service took their yes, or may not be read: it is as it was before.
      const no = this.closeSheet === null;
      if (no || !may_read) await this.service.agree({ ...agreed, purposes: this.agreedTo(told) });
      if (no) return null;
      if (!may_read) {
        console.warn(`telltale: the service does not let this viewer be read: ${why}`);
        return problemOf(why);
      }
    } catch (error) {
      if (error instanceof ServiceError) return "service";
      throw error;
    }
    this.closeSheet = null;
    this.memory.change({ agreed: { purposes: agreed.purposes, text: agreed.text_version } });
    this.memory.declined = false;
    if (this.link === null) this.begin();
    return null;
  }

  /** The viewer agreed: connect, load, and read once both are done. */
  private begin(): void {
    this.over = null;
    this.memory.change({ beganMs: this.clock.began });
    document.addEventListener("visibilitychange", this.onVisibility);
    addEventListener("online", this.onOnline);
    this.sign ??= new Sign(this.root, this.words, {
      pause: () => this.pause(),
      resume: () => this.resume(),
      forget: () => void this.withdraw(),
      nothing: (out) => void this.optOut(out).catch(() => undefined),
      change: () => this.ask(),
      close: () => this.removeSign(),
    });
    this.link = this.newLink();
    this.capture = this.newCapture();
    this.settle();
    this.link.start();
    void this.capture.load().then(() => {
      this.loaded = true;
      this.settle();
    });
  }

  private newLink(): Link {
    return new Link({
      url: this.service.socketUrl,
      token: () => this.service.currentToken,
      renew: () => this.renewal.now(),
      clock: this.clock,
      language: this.language,
      utcOffsetMin: -new Date().getTimezoneOffset(),
      events: {
        state: (state) => this.hearLink(state),
        allowed: (reading, why) => {
          this.allowed = reading;
          this.switchedOff = !reading && why !== "";
          if (!reading) this.notes.clear();
          this.memory.change({ beganMs: this.clock.began });
          this.settle();
        },
        second: (second, read) => this.inside.second?.(second, read),
        show: (show) => this.show(show),
        ended: (why) => this.end(why === "withdrawn" ? "withdrawn" : "stopped", why === "refused" ? "token" : why),
      },
    });
  }

  private newCapture(): Capture {
    return new Capture(this.files, (ms) => this.clock.at(performance.timeOrigin + ms), {
      rows: (rows) => {
        this.link?.rows(rows);
        if (!this.running) this.link?.flush();
      },
      face: (found) => this.seeFace(found),
      report: (report) => {
        this.link?.device(report.framesPerS, report.dropped, report.msAFrame);
        this.inside.report?.(report);
      },
      failed: (fault) => this.fail(fault),
      ...(this.inside.look ? { look: this.inside.look } : {}),
      ...(this.inside.stream ? { stream: this.inside.stream } : {}),
    });
  }

  /** A face that is gone for a moment is not worth a word. */
  private seeFace(found: boolean): void {
    const nowMs = performance.now();
    if (found) this.faceAtMs = nowMs;
    const face = nowMs - this.faceAtMs < FACELESS_MS;
    if (face !== this.face) this.settle(face);
  }

  private hearLink(state: LinkState): void {
    this.inside.link?.(state);
    if (state === "open") {
      if (this.aloneTimer !== null) clearTimeout(this.aloneTimer);
      this.aloneTimer = null;
      this.reachable = true;
      this.settle();
    } else if (state === "waiting") {
      this.aloneTimer ??= setTimeout(() => {
        this.reachable = false;
        this.settle();
      }, ALONE_MS);
    }
  }

  /** Let run what should run, and say so. */
  private settle(face = this.face): void {
    if (this.over !== null || this.link === null || this.capture === null) return;
    this.face = face;
    const hidden = document.visibilityState === "hidden";
    const wanted = this.loaded && this.allowed && this.reachable && !this.paused && !hidden;
    if (wanted !== this.running) {
      this.running = wanted;
      if (wanted) void this.capture.go();
      else this.capture.rest(hidden && !this.paused ? LIGHT_MS : 0);
    }
    if (this.paused) this.link.pause("viewer");
    else if (hidden) this.link.pause("hidden");
    else this.link.resume();
    this.tell(...this.standing(hidden));
  }

  private standing(hidden: boolean): [StateName, string, string] {
    const { sign } = this.words;
    if (this.paused) return ["paused", "viewer", sign.pausedViewer];
    if (hidden) return ["paused", "hidden", sign.pausedHidden];
    if (!this.reachable) return ["waiting", "link", sign.waitingLink];
    if (this.switchedOff) return ["waiting", "switched_off", sign.waitingOff];
    if (!this.loaded || !this.allowed) return ["starting", "", sign.starting];
    return ["reading", this.face ? "" : "no_face", this.face ? sign.reading : sign.noFace];
  }

  private show(show: Show): void {
    if (this.memory.now.optedOut || this.paused || !this.allowed || this.over !== null) return;
    this.inside.show?.(show);
    const own = this.options.onShow?.({ ...show });
    if (own instanceof HTMLElement) this.notes.watch(own, show);
    else if (own !== null) this.notes.show(show);
  }

  private fail(fault: Fault): void {
    if (fault.part === "model") console.warn(`telltale: ${fault.detail}`);
    this.end("failed", fault.part === "camera" ? fault.fault : "model");
  }

  /** Everything ends together: camera, worker, connection, what is shown. */
  private end(name: StateName, why: string): void {
    if (this.over !== null && name !== "withdrawn") return;
    this.over = name;
    this.running = this.loaded = this.allowed = false;
    // Whose camera failed may still take all back, and who does so is not done before there is a receipt.
    if (why === "withdrawn" || why === "token" || why === "page") this.renewal.stop();
    document.removeEventListener("visibilitychange", this.onVisibility);
    removeEventListener("online", this.onOnline);
    if (this.aloneTimer !== null) clearTimeout(this.aloneTimer);
    this.capture?.close();
    this.link?.close();
    this.capture = this.link = null;
    this.closeSheet?.();
    this.closeSheet = null;
    this.notes.clear();
    const lines: Record<string, string> = this.words.failed;
    this.tell(name, why, lines[why] ?? "");
    // Who took it back themselves gets a receipt instead.
    if (why === "pending") this.removeSign();
  }

  private removeSign(): void {
    this.sign?.remove();
    this.sign = null;
  }

  private tell(name: StateName, why: string, text: string): void {
    const { state } = this;
    this.sign?.show({ name, why, text }, this.memory.now.optedOut ?? false);
    if (state.name === name && state.why === why) return;
    this.state = { name, why, text };
    this.options.onState?.(this.state);
  }

  private readonly onVisibility = (): void => {
    if (document.visibilityState === "visible") this.link?.wake();
    this.settle();
  };

  private readonly onOnlineAgain = (): void => void this.withdrawAgain();

  private readonly onOnline = (): void => this.link?.wake();

  private placed(place: HTMLElement): HTMLElement {
    const host = h("telltale-notes" as "div");
    place.append(host);
    this.notesHost = host;
    const { root } = shell(host, this.files.styles, this.language);
    root.classList.add("placed");
    return root;
  }
}
