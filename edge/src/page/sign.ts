/** The sign: in sight as long as anything is or may be read, with the way out beside it. */

import { h, setText } from "./dom";
import type { State } from "./options";
import type { Words } from "./words";

export interface SignEvents {
  pause(): void;
  resume(): void;
  forget(): void;
  nothing(out: boolean): void;
  change(): void;
  close(): void;
}

/** A small bar at the page's lower edge. */
export class Sign {
  private readonly element: HTMLElement;
  private readonly text: HTMLElement;
  private readonly rest: HTMLButtonElement;
  private readonly forget: HTMLButtonElement;
  private readonly close: HTMLButtonElement;
  private readonly more: HTMLDetailsElement;
  private readonly nothing: HTMLInputElement;
  private paused = false;

  constructor(
    root: HTMLElement,
    private readonly words: Words,
    events: SignEvents,
  ) {
    const { sign } = words;
    this.text = h("span.text", { role: "status" });
    this.rest = h("button", { type: "button", onclick: () => (this.paused ? events.resume() : events.pause()) }, sign.pause);
    this.forget = h("button", { type: "button", onclick: () => events.forget() }, sign.forget);
    this.close = h("button", { type: "button", onclick: () => events.close() }, sign.close);
    this.nothing = h("input", { type: "checkbox", onchange: () => events.nothing(this.nothing.checked) });
    const change = h("button", { type: "button", onclick: () => events.change() }, sign.change);
    this.more = h(
      "details",
      {},
      h("summary", { "aria-label": sign.more, title: sign.more }, "…"),
      h("div.more", {}, h("label", {}, this.nothing, sign.nothing), change),
    );
    this.more.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !this.more.open) return;
      this.more.open = false;
      this.more.querySelector("summary")?.focus();
    });
    this.element = h(
      "section.sign",
      { "aria-label": sign.label },
      h("span.light", { "aria-hidden": "true" }),
      this.text,
      this.rest,
      this.forget,
      this.more,
      this.close,
    );
    root.append(this.element);
  }

  /** Show how it stands. */
  show(state: State, optedOut: boolean): void {
    const over = state.name === "failed" || state.name === "stopped" || state.name === "withdrawn";
    this.paused = state.name === "paused" && state.why === "viewer";
    this.element.dataset.state = state.name;
    setText(this.text, state.text);
    setText(this.rest, this.paused ? this.words.sign.resume : this.words.sign.pause);
    this.rest.hidden = over;
    this.more.hidden = over;
    this.close.hidden = !over;
    this.forget.hidden = state.name === "withdrawn";
    this.nothing.checked = optedOut;
  }

  remove(): void {
    this.element.remove();
  }
}
