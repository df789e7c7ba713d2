/** What is to be shown, drawn calmly: one line, a way to send it away, and gone by itself. */

import type { Show } from "../link/messages";
import { h, icon } from "./dom";
import { whenSeen } from "./seen";
import type { Words } from "./words";

/** On a field of 20 x 20. */
const ICONS: Record<Show["kind"], string> = {
  social_proof_note: "M7 9a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2 17c0-3 2-5 5-5s5 2 5 5M13 3.5a3 3 0 0 1 0 5M14 12c2.5.5 4 2.5 4 5",
  limited_time_badge: "M10 18a8 8 0 1 0 0-16 8 8 0 0 0 0 16zM10 5.5V10l3 2",
  preloaded_checkout: "M3 10.5l4.5 4.5L17 5.5",
  product_fact: "M10 18a8 8 0 1 0 0-16 8 8 0 0 0 0 16zM10 9v5M10 6v.1",
};

export interface NoteOptions {
  root: HTMLElement;
  words: Words;
  checkout: string | (() => void) | undefined;
  /** It was in sight for a second. */
  exposed: (decision: string) => void;
}

/** Shows each for its time, the page's own too; while somebody points at it or stands on it, its time stands still. */
export class Notes {
  private readonly list: HTMLElement;
  /** What is shown, and how to stop looking at it. */
  private readonly here = new Map<HTMLElement, () => void>();

  constructor(private readonly options: NoteOptions) {
    this.list = h("div.notes", { role: "status", "aria-live": "polite" });
    options.root.append(this.list);
  }

  show(show: Show): void {
    const { words } = this.options;
    const dismiss = h("button.dismiss", { type: "button", "aria-label": words.note.dismiss, title: words.note.dismiss, onclick: () => this.drop(note) }, "×");
    const note: HTMLElement = h(
      "div.note",
      { "data-kind": show.kind },
      icon(ICONS[show.kind] ?? ICONS.product_fact),
      h("div", {}, h("p", {}, show.text), h("small", {}, words.note.why)),
      show.kind === "preloaded_checkout" ? this.button(() => this.drop(note)) : null,
      dismiss,
    );
    this.list.append(note);
    this.watch(note, show);
  }

  /** Whoever drew it: count it once it is seen, and take it away when its time is over. */
  watch(note: HTMLElement, show: Show): void {
    // A page may draw the next one into the same element.
    this.here.get(note)?.();
    const stopLooking = whenSeen(note, () => this.options.exposed(show.decision));
    const stopTime = countdown(note, show.for_s, () => this.drop(note));
    this.here.set(note, () => (stopLooking(), stopTime()));
  }

  /** Take away all that is shown. */
  clear(): void {
    for (const note of [...this.here.keys()]) this.drop(note);
  }

  remove(): void {
    this.clear();
    this.list.remove();
  }

  private drop(note: HTMLElement): void {
    this.here.get(note)?.();
    this.here.delete(note);
    note.remove();
  }

  private button(then: () => void): HTMLElement | null {
    const { checkout, words } = this.options;
    if (checkout === undefined) return null;
    if (typeof checkout === "function") {
      return h("button.go", { type: "button", onclick: () => (then(), checkout()) }, words.note.checkout);
    }
    const safe = /^https?:/.test(new URL(checkout, location.href).href);
    return safe ? h("a.go", { href: checkout }, words.note.checkout) : null;
  }
}

function countdown(note: HTMLElement, seconds: number, over: () => void): () => void {
  let leftMs = 1000 * seconds;
  const every = 250;
  const timer = setInterval(() => {
    if (note.matches(":hover, :focus-within") || document.visibilityState === "hidden") return;
    leftMs -= every;
    if (leftMs <= 0) over();
  }, every);
  return () => clearInterval(timer);
}
