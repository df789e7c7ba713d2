/** Whether chance divides as it should: each experiment's arms, and what their numbers mean in words. */
import { api } from "../api/client.ts";
import type { Experiment } from "../api/types.ts";
import { count, percent, pValue } from "../draw/format.ts";
import { fill, h } from "../shell/dom.ts";
import { emptyNote, faultNote } from "../shell/faults.ts";
import { language, serverWords, t } from "../shell/language.ts";

export function ratioPart(): HTMLElement {
  const body = h("div", {}, h("p.soft", {}, t("loading")));
  const load = (): void => {
    api.ratio().then(
      ({ experiments }) => fill(body, experiments.length ? experiments.map(experimentPart) : emptyNote(t("no_experiments"))),
      (fault: unknown) => fill(body, faultNote(fault, load)),
    );
  };
  load();
  return h("section.ratio", {}, h("h2", {}, t("ratio_title")), h("p.soft", {}, t("ratio_lead")), body);
}

function experimentPart(experiment: Experiment): HTMLElement {
  const all = experiment.arms.reduce((sum, arm) => sum + arm.units, 0);
  const heads = [t("arm"), t("units_in"), t("is_share"), t("expected")].map((words, k) => h(k ? "th.number" : "th", { scope: "col" }, words));
  const rows = experiment.arms.map((arm) =>
    h(
      "tr",
      {},
      h("th", { scope: "row" }, serverWords("arm", arm.arm)),
      h("td.number", {}, count(arm.units, language())),
      h("td.number", {}, all ? `${percent(arm.units / all)} %` : "–"),
      h("td.number", {}, arm.expected_share === null ? "–" : `${percent(arm.expected_share)} %`),
    ),
  );
  return h(
    "article.experiment",
    { class: experiment.alarm ? "experiment alarm" : "experiment" },
    h("h3", {}, experiment.name.replaceAll("_", " "), h(experiment.alarm ? "span.outcome.alarm" : "span.outcome", {}, t(experiment.alarm ? "unfair" : experiment.p_value === null ? "too_few" : "fair"))),
    h("table.small", {}, h("thead", {}, h("tr", {}, heads)), h("tbody", {}, rows)),
    h("p", {}, experiment.meaning, experiment.p_value !== null && h("span.soft", {}, ` p ${experiment.p_value < 0.001 ? "" : "= "}${pValue(experiment.p_value)}`)),
  );
}
