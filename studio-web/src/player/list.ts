/** The sessions that can be played back. */
import { api } from "../api/client.ts";
import type { Recording } from "../api/types.ts";
import { clock, moment } from "../draw/format.ts";
import { fill, h, type Page } from "../shell/dom.ts";
import { emptyNote } from "../shell/faults.ts";
import { language, serverWords, t } from "../shell/language.ts";

const MOST_ROWS = 300;

export async function sessionsPage(): Promise<Page> {
  const { recordings } = await api.recordings();
  const find = h("input", { type: "search", id: "find", autocomplete: "off", oninput: () => show() });
  const body = h("div", {});
  const show = (): void => {
    const wanted = find.value.trim().toLowerCase();
    const found = recordings.filter((one) => `${one.session} ${one.room}`.toLowerCase().includes(wanted));
    fill(
      body,
      found.length ? table(found.slice(0, MOST_ROWS)) : emptyNote(t(recordings.length ? "no_match" : "no_sessions")),
      found.length > MOST_ROWS && h("p.soft", {}, t("more_sessions", { shown: MOST_ROWS, all: found.length })),
    );
  };
  show();
  const node = h(
    "div.page",
    {},
    h("h1", {}, t("sessions_title")),
    h("p.lead", {}, t("sessions_lead")),
    recordings.length > 0 && h("div.filters", {}, h("label.field", { for: "find" }, h("span", {}, t("find_session")), find)),
    body,
  );
  return { node, title: t("sessions_title") };
}

function table(recordings: readonly Recording[]): HTMLElement {
  const heads = [t("session"), t("room"), t("source"), t("started"), t("length"), t("picture")].map((words, k) =>
    h(k === 4 ? "th.number" : "th", { scope: "col" }, words),
  );
  const rows = recordings.map((one) =>
    h(
      "tr",
      {},
      h("th", { scope: "row" }, h("a", { href: `#/sessions/${one.source}/${encodeURIComponent(one.session)}` }, one.session)),
      h("td", {}, one.room),
      h("td", {}, serverWords("source", one.source)),
      h("td", {}, moment(one.started_at, language(), new Date(), true)),
      h("td.number", {}, clock(one.duration_s)),
      h("td", {}, t(one.video ? "has_video" : "no_video")),
    ),
  );
  return h("div.wide", {}, h("table.ruled.sessions", { "aria-label": t("sessions_title") }, h("thead", {}, h("tr", {}, heads)), h("tbody", {}, rows)));
}
