/** One viewer closer: the last minutes larger, why, how well it is read, every decision and verdict. */
import { api } from "../api/client.ts";
import type { Decision, Reason } from "../api/types.ts";
import { clear } from "../draw/canvas.ts";
import { colours } from "../draw/colours.ts";
import { percent, probability } from "../draw/format.ts";
import { drawSpark } from "../draw/spark.ts";
import { verdictList } from "../decisions/verdicts.ts";
import type { App } from "../shell/app.ts";
import { fill, h, setText } from "../shell/dom.ts";
import { faultNote } from "../shell/faults.ts";
import { serverWords, t, unitWords } from "../shell/language.ts";
import type { Seen } from "./store.ts";
import { ago, interventionWords, lastWords } from "./words.ts";

const MINUTES = 5;
const values = new Float32Array(MINUTES * 60);

export class Panel {
  readonly node = h("aside.panel", { hidden: true, tabindex: -1, "aria-labelledby": "panel-title" });
  private readonly title = h("h2", { id: "panel-title" });
  private readonly where = h("p.soft", {});
  private readonly number = h("b", {});
  private readonly canvas = h("canvas.large", { role: "img", "aria-label": t("panel_minutes", { minutes: MINUTES }) });
  private readonly why = h("tbody", {});
  private readonly reading = h("dl.pairs", {});
  private readonly decisions = h("ol.decisions", {});
  private readonly play = h("a", {}, t("play_back"));
  private session = "";
  /** The last decision that was asked for, so that news of another one asks again. */
  private asked = "";
  private since = new AbortController();

  constructor(
    private readonly app: App,
    close: () => void,
  ) {
    const heads = [t("unit"), t("when"), t("strength"), t("adds")].map((words, k) => h(k > 1 ? "th.number" : "th", { scope: "col" }, words));
    this.node.append(
      h("header", {}, h("div", {}, this.title, this.where), this.number, h("button.quiet.close", { type: "button", onclick: close }, t("close"))),
      h("h3", {}, t("panel_minutes", { minutes: MINUTES })),
      this.canvas,
      h("h3", {}, t("panel_why")),
      h("table.small", { "aria-label": t("panel_why") }, h("thead", {}, h("tr", {}, heads)), this.why),
      h("h3", {}, t("panel_reading")),
      this.reading,
      h("h3", {}, t("panel_decisions")),
      this.decisions,
      this.play,
    );
  }

  open(session: string): void {
    this.session = session;
    this.asked = "";
    this.node.hidden = false;
    this.node.scrollTop = 0;
    this.decisions.replaceChildren();
    this.play.hidden = !this.app.may("sessions");
    this.play.href = `#/sessions/live/${encodeURIComponent(session)}`;
    this.refresh();
    this.node.focus({ preventScroll: true });
  }

  close(): void {
    this.session = "";
    this.node.hidden = true;
    this.since.abort();
  }

  refresh(): void {
    if (!this.session) return;
    const seen = this.app.store.viewers.get(this.session);
    this.node.classList.toggle("left", !seen);
    if (!seen) return setText(this.where, t("gone"));
    const { viewer } = seen;
    setText(this.title, viewer.label);
    setText(this.where, t("panel_for", { minutes: Math.round(viewer.second / 60), room: viewer.room }));
    setText(this.number, probability(viewer.probability));
    this.number.classList.toggle("over", (viewer.probability ?? 0) >= this.app.threshold);
    this.showSpark(seen);
    this.showWhy(viewer.reasons);
    this.showReading(seen);
    this.showDecisions(seen);
  }

  private showSpark(seen: Seen): void {
    const second = this.app.store.secondOf(seen);
    seen.history.read(values, second);
    const thresholds = [...new Set((this.app.overview?.catalogue ?? []).map((one) => one.threshold))];
    const area = clear(this.canvas, this.canvas.clientWidth || 360, this.canvas.clientHeight || 140);
    drawSpark(area, { values, endSecond: second, thresholds, marks: seen.marks }, colours());
  }

  private showWhy(reasons: readonly Reason[]): void {
    const rows = reasons.map((reason) =>
      h(
        "tr",
        {},
        h("th", { scope: "row" }, unitWords(reason.unit)),
        h("td", {}, ago(reason.seconds_ago)),
        h("td.number", {}, reason.energy.toFixed(2)),
        h("td.number", {}, reason.log_odds === null ? "–" : signed(reason.log_odds)),
      ),
    );
    fill(this.why, rows.length ? rows : h("tr", {}, h("td", { colspan: 4 }, t("no_reason"))));
  }

  private showReading({ viewer }: Seen): void {
    const pairs: [string, string][] = [
      [t("state_is"), serverWords("state", viewer.state)],
      [t("read_share"), `${percent(viewer.read)} %`],
      [t("sureness"), probability(viewer.confidence)],
      [t("frame_rate"), viewer.frames_per_s === null ? "–" : viewer.frames_per_s.toFixed(0)],
      [t("dropped"), String(viewer.dropped)],
    ];
    if (viewer.held_out) pairs.push([t("held_out"), t("held_out_means")]);
    fill(this.reading, pairs.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
  }

  /** The whole ledger of this session where the role may read it, asked for again when something was decided. */
  private showDecisions({ viewer }: Seen): void {
    const key = viewer.last ? `${viewer.last.second} ${viewer.last.outcome} ${viewer.last.exposed}` : "none";
    if (key === this.asked) return;
    this.asked = key;
    if (!this.app.may("decisions")) {
      const { last } = viewer;
      const line = last && h("li", {}, h("b", {}, interventionWords(this.app, last.intervention)), " ", lastWords(last, viewer, viewer.second));
      fill(this.decisions, line, h("li.soft", {}, t("only_last")));
      return;
    }
    this.since.abort();
    const { signal } = (this.since = new AbortController());
    api.decisions({ session: viewer.session, limit: 20 }, signal).then(
      ({ decisions }) => fill(this.decisions, decisions.length ? decisions.map((one) => this.item(one)) : h("li.soft", {}, t("no_decision"))),
      (fault: unknown) => signal.aborted || fill(this.decisions, h("li", {}, faultNote(fault))),
    );
  }

  private item(decision: Decision): HTMLElement {
    return h(
      "li",
      {},
      h("p", {}, h("b", {}, interventionWords(this.app, decision.intervention)), h(`span.outcome.${decision.outcome}`, {}, serverWords("outcome", decision.outcome))),
      h("p.soft", {}, `${t("second_of", { second: decision.second })} · ${probability(decision.probability)}`),
      verdictList(decision.verdicts),
    );
  }
}

const signed = (value: number): string => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;
