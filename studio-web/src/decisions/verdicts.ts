/** The verdict of every guard on one decision. */
import type { Verdict } from "../api/types.ts";
import { h } from "../shell/dom.ts";
import { serverWords, t } from "../shell/language.ts";

export function verdictList(verdicts: readonly Verdict[]): HTMLElement {
  const rows = verdicts.map((verdict) =>
    h(
      "tr",
      { class: verdict.allowed ? "allowed" : "refused" },
      h("th", { scope: "row" }, serverWords("guard", verdict.guard)),
      h("td", {}, t(verdict.allowed ? "allowed" : "not_allowed_verdict")),
      h("td.reason", {}, verdict.reason || "–"),
    ),
  );
  const heads = [t("guard"), t("verdict"), t("reason")].map((words) => h("th", { scope: "col" }, words));
  return h("table.small.verdicts", { "aria-label": t("verdicts") }, h("thead.unseen", {}, h("tr", {}, heads)), h("tbody", {}, rows));
}
