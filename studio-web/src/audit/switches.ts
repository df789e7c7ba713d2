/** Stops and starts: of everything, of rooms and of interventions, the latest first. */
import { api } from "../api/client.ts";
import type { PartTurn, Switch } from "../api/types.ts";
import type { App } from "../shell/app.ts";
import { h } from "../shell/dom.ts";
import { emptyNote } from "../shell/faults.ts";
import { t } from "../shell/language.ts";
import { partWords } from "../shell/part.ts";
import { table, when } from "./table.ts";

type Turn = Switch & Partial<PartTurn>;

export async function allTurns(): Promise<Turn[]> {
  const [whole, parts] = await Promise.all([api.switches(), api.partTurns()]);
  return [...whole, ...parts].sort((a, b) => (b.at ?? "").localeCompare(a.at ?? ""));
}

export function switchTable(app: App, turns: readonly Turn[]): HTMLElement {
  if (turns.length === 0) return emptyNote(t("no_switches"));
  const rows = turns.map((one) =>
    h(
      "tr",
      {},
      h("td", {}, when(one.at)),
      h("td", {}, h(one.on ? "span.outcome" : "span.outcome.alarm", {}, t(one.on ? "started_again" : "stopped"))),
      h("td", {}, one.scope ? partWords(app, one.scope) : t("part_all")),
      h("td", {}, one.by ?? "–"),
      h("td", {}, one.why ?? "–"),
    ),
  );
  return table(t("switches"), [t("at"), t("turn"), t("part_label"), t("by"), t("reason")], rows);
}
