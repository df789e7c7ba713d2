/** The open study: who and what is in it, and its reports. */
import { api, ApiError } from "../api/client.ts";
import type { Study } from "../api/types.ts";
import { h, type Page } from "../shell/dom.ts";
import { emptyNote } from "../shell/faults.ts";
import { serverWords, t } from "../shell/language.ts";
import { keepUp } from "./keep.ts";

export async function studyPage(): Promise<Page> {
  let study: Study | null = null;
  try {
    study = await api.study();
  } catch (fault) {
    if (!(fault instanceof ApiError) || fault.status !== 404) throw fault;
  }
  const title = t("study_title");
  if (!study) return { node: h("div.page", {}, h("h1", {}, title), emptyNote(t("no_study"))), title };
  const reports = reportsPart(study);
  const matrix = isMatrix(study);
  const node =
    study.name === null
      ? h("div.page", {}, h("h1", {}, t("reports")), h("div.study.stacked", {}, reports.node))
      : h(
          "div.page",
          {},
          h("h1", {}, t("study_is", { name: study.name })),
          study.simulated && h("p.note", {}, t("study_simulated")),
          h(matrix ? "div.study.stacked" : "div.study", {}, matrix ? tableMatrix(study) : tableOne(study), reports.node),
        );
  return { node, title, leave: reports.leave };
}

/** Whether each section tells the same things, so that they stand better side by side. */
function isMatrix({ table }: Study): boolean {
  const labels = (k: number): string => table[k].rows.map(([label]) => label).join("\n");
  return table.length > 1 && table.every((_, k) => labels(k) === labels(0));
}

function tableMatrix(study: Study): HTMLElement {
  const heads = [h("th", { scope: "col" }), study.table[0].rows.map(([label]) => h("th.number", { scope: "col" }, serverWords("quantity", label)))];
  const rows = study.table.map(({ section, rows }) =>
    h("tr", {}, h("th", { scope: "row" }, serverWords("category", section)), rows.map(([, value]) => h("td.number", {}, value ?? "–"))),
  );
  const table = h("table.ruled.one", {}, h("caption", {}, t("table_1")), h("thead", {}, h("tr", {}, heads)), h("tbody", {}, rows));
  return h("section.wide", {}, table);
}

function tableOne(study: Study): HTMLElement {
  const bodies = study.table.map(({ section, rows }) =>
    h(
      "tbody",
      {},
      h("tr.section", {}, h("th", { scope: "rowgroup", colspan: 2 }, serverWords("category", section))),
      rows.map(([label, value]) => h("tr", {}, h("th", { scope: "row" }, serverWords("quantity", label)), h("td.number", {}, value ?? "–"))),
    ),
  );
  const heads = h("tr", {}, h("th", { scope: "col" }, t("quantity")), h("th.number", { scope: "col" }, t("value")));
  return h("section", {}, h("table.ruled.one", {}, h("caption", {}, t("table_1")), h("thead.unseen", {}, heads), bodies));
}

function reportsPart(study: Study): { node: HTMLElement; leave(): void } {
  let leave = (): void => undefined;
  const place = h("div.report", {});
  const alone = study.reports.length === 1;
  const buttons = study.reports.map((report) =>
    h("button.choice", { type: "button", "aria-pressed": "false", onclick: () => open(report.name) }, report.title),
  );
  function open(name: string): void {
    const report = study.reports.find((one) => one.name === name);
    if (!report) return;
    study.reports.forEach((one, k) => buttons[k].setAttribute("aria-pressed", String(one.name === name)));
    leave();
    const frame = h("iframe", { src: report.url, title: t("report_frame", { title: report.title }), loading: "lazy" });
    leave = report.reload_s === null ? (): void => undefined : keepUp(frame, report.url, report.reload_s);
    place.replaceChildren(
      h("p.soft", {}, alone ? `${report.title} · ` : "", h("a", { href: report.url, target: "_blank", rel: "noopener" }, t("open_alone"))),
      frame,
    );
  }
  if (study.reports.length) open(study.reports[0].name);
  const node = h("section", {}, study.name !== null && h("h2", {}, t("reports")), study.reports.length ? !alone && h("div.choices", {}, buttons) : emptyNote(t("no_reports")), place);
  return { node, leave: () => leave() };
}
