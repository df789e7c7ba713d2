/** Consents, receipts and switches, and withdrawal for a viewer who asks. */
import { api } from "../api/client.ts";
import type { Consent, Receipt } from "../api/types.ts";
import type { App } from "../shell/app.ts";
import { fill, h, type Page } from "../shell/dom.ts";
import { emptyNote, faultNote } from "../shell/faults.ts";
import { language, serverWords, t } from "../shell/language.ts";
import { erasedWords, receiptName } from "./receipt.ts";
import { statementTable } from "./statements.ts";
import { allTurns, switchTable } from "./switches.ts";
import { table, when } from "./table.ts";
import { withdrawPart } from "./withdraw.ts";

const MOST = 200;
const PURPOSES = ["read_face", "personalise", "research", "record_video"];

export function auditPage(app: App): Page {
  const [consents, receipts, switches] = [h("div.wide", {}), h("div.wide", {}), h("div.wide", {})];
  const viewer = h("input", { type: "search", id: "viewer", autocomplete: "off", spellcheck: "false" });

  function put<Answer>(place: HTMLElement, ask: () => Promise<Answer>, show: (answer: Answer) => HTMLElement): void {
    ask().then(
      (answer) => fill(place, show(answer)),
      (fault: unknown) => fill(place, faultNote(fault, () => put(place, ask, show))),
    );
  }
  const loadConsents = (): void => {
    const name = viewer.value.trim();
    put(consents, () => api.consents(name, MOST), ({ consents, statements }) =>
      h("div", {}, consentTable(consents, name), statements.length > 0 && [h("h3", {}, t("statements")), statementTable(statements)]),
    );
  };
  const loadSwitches = (): void => put(switches, allTurns, (turns) => switchTable(app, turns));
  const load = (): void => {
    loadConsents();
    put(receipts, api.receipts, (answer) => receiptTable(answer.receipts));
    loadSwitches();
  };
  load();
  const standing = (): string => [app.switch?.on, ...app.stopped.keys()].join(" ");
  let stood = standing();
  const end = app.onNews(() => {
    if (standing() === stood) return;
    stood = standing();
    loadSwitches();
  });
  const find = (event: SubmitEvent): void => {
    event.preventDefault();
    loadConsents();
  };
  const node = h(
    "div.page",
    {},
    h("h1", {}, t("audit_title")),
    h("p.lead", {}, t("audit_lead")),
    app.may("withdraw") && withdrawPart(load),
    h("section", {}, h("h2", {}, t("receipts")), receipts),
    h("section", {}, h("h2", {}, t("switches")), switches),
    h(
      "section",
      {},
      h("h2", {}, t("consents")),
      h("form.filters", { role: "search", onsubmit: find }, h("label.field", { for: "viewer" }, h("span", {}, t("viewer_label")), viewer), h("button.plain", { type: "submit" }, t("find"))),
      consents,
    ),
  );
  return { node, title: t("audit_title"), leave: end };
}

function consentTable(consents: readonly Consent[], name: string): HTMLElement {
  if (consents.length === 0) return emptyNote(t(name ? "no_consents_of" : "no_consents"));
  const rows = together(consents).map(([one, ...others]) =>
    h(
      "tr",
      {},
      h("th.id", { scope: "row" }, one.viewer),
      h("td.purposes", {}, purposesOf([one, ...others])),
      h("td", {}, when(one.granted_at)),
      h("td", {}, one.withdrawn_at ? when(one.withdrawn_at) : h("span.soft", {}, t("holds"))),
      h("td", {}, one.text_version),
    ),
  );
  return table(t("consents"), [t("viewer"), t("purpose"), t("granted"), t("ended"), t("text_version")], rows);
}

/** In the order in which one agrees to them. */
function purposesOf(consents: readonly Consent[]): string {
  const names = consents.map(({ purpose }) => purpose).sort((a, b) => PURPOSES.indexOf(a) - PURPOSES.indexOf(b));
  return names.map((name) => serverWords("purpose", name)).join(language() === "en" ? ", " : "，");
}

/** What one viewer agreed to at one time, and ended or not at one time, stands in one row. */
function together(consents: readonly Consent[]): Consent[][] {
  const rows = new Map<string, Consent[]>();
  for (const one of consents) {
    const key = [one.viewer, when(one.granted_at), one.withdrawn_at && when(one.withdrawn_at), one.text_version].join(" ");
    rows.set(key, [...(rows.get(key) ?? []), one]);
  }
  return [...rows.values()];
}

function receiptTable(receipts: readonly Receipt[]): HTMLElement {
  if (receipts.length === 0) return emptyNote(t("no_receipts"));
  const rows = receipts.map((one) =>
    h("tr", {}, h("th.id", { scope: "row" }, receiptName(one)), h("td", {}, when(one.at)), h("td", {}, one.kind ? serverWords("receipt", one.kind) : (one.by ?? "–")), h("td", {}, erasedWords(one))),
  );
  return table(t("receipts"), [t("receipt"), t("at"), t(receipts.some((one) => one.kind) ? "what" : "by"), t("erased")], rows);
}
