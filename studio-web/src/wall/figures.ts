/** The figures above the wall. */
import type { Counts } from "../api/types.ts";
import { count } from "../draw/format.ts";
import { h, setText } from "../shell/dom.ts";
import { language, t, type Word } from "../shell/language.ts";

const FIGURES: readonly [keyof Counts, Word][] = [
  ["viewers", "c_viewers"],
  ["reading", "c_reading"],
  ["told_a_minute", "c_told"],
  ["decisions_a_minute", "c_decisions"],
  ["shown_a_minute", "c_shown"],
  ["refused_a_minute", "c_refused"],
  ["p99_ms", "c_p99"],
];

export function figures(): { node: HTMLElement; show(counts: Counts | null): void } {
  const values = FIGURES.map(() => h("dd", {}, "–"));
  const node = h("dl.figures", {}, FIGURES.map(([, word], k) => h("div", {}, h("dt", {}, t(word)), values[k])));
  const show = (counts: Counts | null): void => {
    FIGURES.forEach(([key], k) => {
      const value = counts?.[key];
      setText(values[k], value == null ? "–" : count(value, language()));
    });
  };
  return { node, show };
}
