/** Decisions as rows; each unfolds to the verdicts of its guards. */
import type { Decision } from "../api/types.ts";
import { moment, probability } from "../draw/format.ts";
import type { App } from "../shell/app.ts";
import { h } from "../shell/dom.ts";
import { language, serverWords, t } from "../shell/language.ts";
import { interventionWords } from "../wall/words.ts";
import { verdictList } from "./verdicts.ts";

export const COLUMNS = 8;

export function decisionHeads(): HTMLElement {
  const heads = [
    h("th", { scope: "col" }, t("when_at")),
    h("th", { scope: "col" }, t("session_is")),
    h("th", { scope: "col" }, t("intervention")),
    h("th", { scope: "col" }, t("outcome")),
    h("th", { scope: "col" }, t("arm")),
    h("th.number", { scope: "col" }, h("abbr", { title: t("chance_means") }, t("chance"))),
    h("th.number", { scope: "col" }, t("probability")),
    h("th", { scope: "col" }, t("seen_at")),
  ];
  return h("thead", {}, h("tr", {}, heads));
}

/** A row, and under it the verdicts, folded in until somebody asks. */
export function decisionRows(app: App, decision: Decision): HTMLElement[] {
  const now = new Date();
  const unfolded = h("tr.unfolded", { id: `verdicts-${decision.id}`, hidden: true });
  const button = h(
    "button.unfold",
    { type: "button", "aria-expanded": "false", "aria-controls": unfolded.id, "aria-label": t("verdicts_of", { id: decision.id }) },
    moment(decision.at, language(), now),
  );
  button.addEventListener("click", () => {
    const open = unfolded.hidden;
    if (open && !unfolded.firstChild) unfolded.append(h("td", { colspan: COLUMNS }, details(decision)));
    unfolded.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
  });
  const cells = [
    h("td.when", {}, button),
    h("td.id", {}, decision.session ?? h("span.soft", {}, t("unlinked"))),
    h("td.what", {}, interventionWords(app, decision.intervention)),
    h("td", {}, h(`span.outcome.${decision.outcome}`, {}, serverWords("outcome", decision.outcome))),
    h("td.arm", {}, serverWords("arm", decision.arm)),
    h("td.number.chance", {}, probability(decision.propensity)),
    h("td.number", {}, probability(decision.probability)),
    h("td.seen", {}, decision.exposed_at ? moment(decision.exposed_at, language(), now) : h("span.soft", {}, decision.outcome === "shown" ? t("not_seen") : "–")),
  ];
  return [h("tr.decision", {}, cells), unfolded];
}

function details(decision: Decision): HTMLElement {
  const session = decision.session ?? t("unlinked");
  const versions = [session, "·", t("model"), decision.model, "·", t("policy"), decision.policy, "·", t("catalogue"), decision.catalogue].join(" ");
  return h("div", {}, verdictList(decision.verdicts), h("p.soft.versions", {}, `${t("second_of", { second: decision.second })} · ${versions}`));
}
