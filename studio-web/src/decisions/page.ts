/** Every decision that was taken, with filters, and whether chance is fair. */
import { api } from "../api/client.ts";
import type { Decision } from "../api/types.ts";
import type { App } from "../shell/app.ts";
import { fill, h, type Page } from "../shell/dom.ts";
import { faultNote } from "../shell/faults.ts";
import { serverWords, t } from "../shell/language.ts";
import { interventionWords } from "../wall/words.ts";
import { ratioPart } from "./ratio.ts";
import { COLUMNS, decisionHeads, decisionRows } from "./table.ts";

const A_PAGE = 100;
const OUTCOMES = ["shown", "control", "refused"] as const;

export function decisionsPage(app: App, session: string): Page {
  const outcome = h(
    "select",
    { id: "outcome", onchange: () => load() },
    h("option", { value: "" }, t("all_outcomes")),
    OUTCOMES.map((name) => h("option", { value: name }, serverWords("outcome", name))),
  );
  const kinds = app.overview?.catalogue ?? [];
  const intervention = h(
    "select",
    { id: "intervention", onchange: () => show() },
    h("option", { value: "" }, t("all_interventions")),
    kinds.map(({ name }) => h("option", { value: name }, interventionWords(app, name))),
  );
  const of = h("input", { type: "search", id: "of", value: session, autocomplete: "off", spellcheck: "false", onchange: () => load() });
  const body = h("tbody", {});
  const older = h("button.plain", { type: "button", hidden: true, onclick: () => load(next) }, t("older"));
  const fault = h("div", {});
  let known: Decision[] = [];
  let next: string | number | null = null;
  let asking = new AbortController();

  function load(before: string | number | null = null): void {
    asking.abort();
    const { signal } = (asking = new AbortController());
    fault.replaceChildren();
    older.disabled = true;
    const fields = { limit: A_PAGE, session: of.value.trim(), outcome: outcome.value, ...(before === null ? {} : { before }) };
    api.decisions(fields, signal).then(
      (answer) => {
        known = before === null ? answer.decisions : [...known, ...answer.decisions];
        next = answer.next;
        show();
      },
      (problem: unknown) => signal.aborted || fill(fault, faultNote(problem, () => load(before))),
    );
  }

  function show(): void {
    const wanted = intervention.value;
    const listed = known.filter((one) => wanted === "" || one.intervention === wanted);
    const empty = h("tr", {}, h("td.empty", { colspan: COLUMNS }, t(next === null ? "no_decisions" : "none_yet")));
    fill(body, listed.length ? listed.map((one) => decisionRows(app, one)) : empty);
    older.hidden = next === null;
    older.disabled = false;
  }

  load();
  const node = h(
    "div.page",
    {},
    h(
      "div.title-line",
      {},
      h("div", {}, h("h1", {}, t("decisions_title")), h("p.lead", {}, t("decisions_lead"))),
      app.may("exports") && h("a.button", { href: api.exportUrl, download: "exposures.parquet" }, t("export_table")),
    ),
    h(
      "div.filters",
      { role: "search" },
      h("label.field", { for: "outcome" }, h("span", {}, t("outcome")), outcome),
      h("label.field", { for: "intervention" }, h("span", {}, t("intervention")), intervention),
      h("label.field", { for: "of" }, h("span", {}, t("session_filter")), of),
      h("button.plain", { type: "button", onclick: () => load() }, t("newest")),
    ),
    h("div.wide", {}, h("table.ruled.decisions", { "aria-label": t("decisions_title") }, decisionHeads(), body)),
    fault,
    older,
    ratioPart(app),
  );
  return { node, title: t("decisions_title"), leave: () => asking.abort() };
}
