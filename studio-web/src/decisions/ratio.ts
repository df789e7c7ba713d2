/** Whether chance divides as it should: each experiment's arms, and what their numbers mean in words. */
import { api } from "../api/client.ts";
import type { Experiment } from "../api/types.ts";
import { count, percent, pValue } from "../draw/format.ts";
import type { App } from "../shell/app.ts";
import { fill, h } from "../shell/dom.ts";
import { emptyNote, faultNote } from "../shell/faults.ts";
import { language, serverWords, t } from "../shell/language.ts";
import { interventionWords } from "../wall/words.ts";

export function ratioPart(app: App): HTMLElement {
  const body = h("div", {}, h("p.soft", {}, t("loading")));
  const load = (): void => {
    api.ratio().then(
      ({ experiments }) => fill(body, experiments.length ? experiments.map((one) => experimentPart(app, one)) : emptyNote(t("no_experiments"))),
      (fault: unknown) => fill(body, faultNote(fault, load)),
    );
  };
  load();
  return h("section.ratio", {}, h("h2", {}, t("ratio_title")), h("p.soft", {}, t("ratio_lead")), body);
}

function experimentPart(app: App, experiment: Experiment): HTMLElement {
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
    h("h3", {}, interventionWords(app, experiment.name), h(experiment.alarm ? "span.outcome.alarm" : "span.outcome", {}, t(experiment.alarm ? "unfair" : experiment.p_value === null ? "too_few" : "fair"))),
    h("table.small", { "aria-label": interventionWords(app, experiment.name) }, h("thead", {}, h("tr", {}, heads)), h("tbody", {}, rows)),
    meaning(experiment).map((words) => h("p", {}, words)),
  );
}

/** What the numbers mean; nothing where there are too few to say. */
function meaning({ off, p_value: p, rooms_off: rooms, in_two_arms: twice }: Experiment): string[] {
  const words = p === null ? [] : [t(off ? "ratio_off" : "ratio_fits", { p: pWords(p) })];
  for (const { room, p_value } of rooms) words.push(t("ratio_room", { room, p: pWords(p_value) }));
  if (twice > 0) words.push(t("ratio_twice", { n: count(twice, language()) }));
  return words;
}

const pWords = (p: number): string => `p ${p < 0.001 ? "" : "= "}${pValue(p)}`;
