/** A bar for each of the 17 units, to the left and to the right of its name; drawn here, sent nowhere. */

import { ACTION_UNITS, unitChannels, VALID } from "../src/core/channels";
import { h } from "../src/page/dom";
import type { TryWords } from "./words";

const LEFT = unitChannels("intensity_left");
const RIGHT = unitChannels("intensity_right");

export class Bars {
  readonly element: HTMLElement;
  private readonly bars: [HTMLElement, HTMLElement][] = [];

  constructor(words: TryWords) {
    const bar = (side: string): HTMLElement => h(`span.bar.${side}` as "span", { "aria-hidden": "true" });
    const rows = ACTION_UNITS.map((unit) => {
      const pair: [HTMLElement, HTMLElement] = [bar("left"), bar("right")];
      this.bars.push(pair);
      const name = h("span.name", {}, h("b", {}, String(unit)), ` ${words.names[unit] ?? ""}`);
      return h("div.unit", {}, h("span.track.left", {}, pair[0]), name, h("span.track.right", {}, pair[1]));
    });
    const head = h("div.unit.head", { "aria-hidden": "true" }, h("span.left", {}, words.left), h("span"), h("span.right", {}, words.right));
    this.element = h("div.bars", {}, head, ...rows);
  }

  /** This frame's channels; null where no face was read. */
  show(channels: Float32Array | null): void {
    const read = channels !== null && channels[VALID] === 1;
    this.element.classList.toggle("unread", !read);
    this.bars.forEach(([left, right], i) => {
      left.style.transform = `scaleX(${read ? share(channels[LEFT[i]]) : 0})`;
      right.style.transform = `scaleX(${read ? share(channels[RIGHT[i]]) : 0})`;
    });
  }
}

const share = (value: number): number => Math.min(1, Math.max(0, value || 0));
