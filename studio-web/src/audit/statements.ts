/** What each viewer was told and said beside the consents: the latest word on each. */
import type { Said, Statement } from "../api/types.ts";
import { h } from "../shell/dom.ts";
import { t } from "../shell/language.ts";
import { table, when } from "./table.ts";

export function statementTable(statements: readonly Statement[]): HTMLElement {
  const rows = statements.map((one) =>
    h(
      "tr",
      {},
      h("th.id", { scope: "row" }, one.viewer),
      h("td", {}, flag(one.disclosed)),
      h("td", {}, flag(one.released)),
      h("td", {}, one.age_at_least ? t("age_years", { n: one.age_at_least.value }) : "–"),
      h("td", {}, flag(one.opted_out)),
    ),
  );
  return table(t("statements"), [t("viewer"), t("disclosed"), t("released"), t("age"), t("opted_out")], rows);
}

/** A dash: never said. */
function flag(said: Said<boolean> | null): string {
  return said ? t(said.value ? "yes_at" : "no_at", { at: when(said.at) }) : "–";
}
