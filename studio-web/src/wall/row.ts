/** One row of the wall. It is made once and shows now this viewer, now that one. */
import type { Reason } from "../api/types.ts";
import { clear } from "../draw/canvas.ts";
import { colours } from "../draw/colours.ts";
import { probability } from "../draw/format.ts";
import { drawSpark } from "../draw/spark.ts";
import type { App } from "../shell/app.ts";
import { h, setText } from "../shell/dom.ts";
import { t, unitWords } from "../shell/language.ts";
import { range } from "./history.ts";
import type { Seen } from "./store.ts";
import { ago, interventionWords, lastWords, readingWords } from "./words.ts";

export const SPARK_SECONDS = 120;
const REASONS = 2;
const values = new Float32Array(SPARK_SECONDS);

export class Row {
  readonly node: HTMLTableRowElement;
  readonly button = h("button.open", { type: "button", tabindex: -1 });
  /** Which session it shows; empty while it shows none. */
  session = "";
  index = -1;
  private readonly room = h("small", {});
  private readonly heldOut = h("abbr.tag", { title: t("held_out_means"), hidden: true }, t("held_out"));
  private readonly number = h("b", {});
  private readonly level = h("i.level", {});
  private readonly limit = h("i.limit", {});
  private readonly canvas = h("canvas", { role: "img", "aria-label": t("spark_empty") });
  private readonly reasons = Array.from({ length: REASONS }, () => ({ line: h("span.line", {}), words: h("span", {}), bar: h("i", {}) }));
  private readonly reading = h("span.line", {});
  private readonly sureness = h("small.line", {});
  private readonly decision = h("span.line", {});
  private readonly outcome = h("small.line", {});

  constructor(private readonly app: App) {
    for (const { line, words, bar } of this.reasons) line.append(h("span.strength", { "aria-hidden": "true" }, bar), words);
    const cell = (name: string, ...children: Node[]): HTMLElement => h(`td.${name}`, { role: "cell" }, children);
    this.node = h(
      "tr",
      { role: "row" },
      h("th.viewer", { role: "rowheader", scope: "row" }, h("span.line", {}, this.button, this.heldOut), this.room),
      cell("probability", this.number, h("span.bar", { "aria-hidden": "true" }, this.level, this.limit)),
      cell("minutes", this.canvas),
      cell("why", ...this.reasons.map(({ line }) => line)),
      cell("reading", this.reading, this.sureness),
      cell("last", this.decision, this.outcome),
    );
  }

  /** Shows a viewer as they are now. */
  show(seen: Seen, index: number, open: boolean): void {
    const { viewer } = seen;
    const moved = index !== this.index;
    this.session = viewer.session;
    this.index = index;
    if (moved) this.node.setAttribute("aria-rowindex", String(index + 2));
    const second = this.app.store.secondOf(seen);
    setText(this.button, viewer.label);
    this.button.title = viewer.label;
    this.button.setAttribute("aria-pressed", String(open));
    setText(this.room, viewer.room);
    this.heldOut.hidden = !viewer.held_out;
    this.node.classList.toggle("open", open);
    this.node.classList.toggle("quiet", viewer.state !== "reading");
    this.showProbability(viewer.probability);
    this.showReasons(viewer.reasons, viewer.probability);
    const reading = readingWords(viewer);
    setText(this.reading, reading.first);
    setText(this.sureness, reading.second);
    this.node.classList.toggle("poor", viewer.state === "reading" && viewer.read * viewer.confidence < 0.4);
    const { last } = viewer;
    setText(this.decision, last ? interventionWords(this.app, last.intervention) : "");
    setText(this.outcome, last ? lastWords(last, viewer, second) : t("no_decision"));
    this.outcome.title = last?.refusals.map((refusal) => refusal.reason).join("; ") ?? "";
    this.outcome.className = `line ${last?.outcome ?? ""}`;
    this.showSpark(seen, second, viewer.probability);
  }

  private showProbability(value: number | null): void {
    const { threshold } = this.app;
    setText(this.number, value === null ? "–" : probability(value));
    this.number.classList.toggle("over", value !== null && value >= threshold);
    this.level.style.transform = `scaleX(${(value ?? 0).toFixed(3)})`;
    this.level.classList.toggle("over", value !== null && value >= threshold);
    this.limit.style.transform = `translateX(${(threshold * 100).toFixed(1)}%)`;
  }

  private showReasons(reasons: readonly Reason[], value: number | null): void {
    this.reasons.forEach(({ line, words, bar }, k) => {
      const reason = reasons[k];
      line.classList.toggle("none", !reason);
      if (reason) {
        setText(words, `${unitWords(reason.unit)} ${ago(reason.seconds_ago)}`);
        bar.style.transform = `scaleX(${Math.min(1, reason.energy).toFixed(2)})`;
      } else setText(words, k > 0 ? "" : t(value === null ? "nothing_read" : "no_reason"));
    });
  }

  private showSpark(seen: Seen, second: number, value: number | null): void {
    const width = this.canvas.clientWidth || 220;
    const height = this.canvas.clientHeight || 44;
    seen.history.read(values, second);
    const { marks } = seen;
    drawSpark(clear(this.canvas, width, height), { values, endSecond: second, thresholds: [this.app.threshold], marks }, colours());
    const among = range(values);
    const words = among
      ? t("spark_label", { now: probability(value), low: probability(among.low), high: probability(among.high) })
      : t("spark_empty");
    if (this.canvas.getAttribute("aria-label") !== words) this.canvas.setAttribute("aria-label", words);
  }
}
