/** Events and decisions as a table; a time takes the playhead there. */
import type { Track } from "../api/types.ts";
import { clock, probability } from "../draw/format.ts";
import type { App } from "../shell/app.ts";
import { h } from "../shell/dom.ts";
import { serverWords, t } from "../shell/language.ts";
import { emptyNote } from "../shell/faults.ts";
import { verdictList } from "../decisions/verdicts.ts";
import { interventionWords } from "../wall/words.ts";

export function happened(app: App, track: Track, seek: (timeS: number) => void): HTMLElement {
  const entries = [
    ...track.events.map((event) => ({ at: event.time_s, what: [serverWords("event", event.type), event.product && h("span.soft", {}, ` ${event.product}`)] })),
    ...track.decisions.map((decision) => ({
      at: decision.second,
      what: [
        h(
          "details",
          {},
          h(
            "summary",
            {},
            interventionWords(app, decision.intervention),
            h(`span.outcome.${decision.outcome}`, {}, serverWords("outcome", decision.outcome)),
            h("span.soft", {}, ` ${probability(decision.probability)}`),
          ),
          verdictList(decision.verdicts),
        ),
      ],
    })),
  ].sort((a, b) => a.at - b.at);
  const rows = entries.map(({ at, what }) =>
    h("tr", {}, h("td.when", {}, h("button.link", { type: "button", onclick: () => seek(at) }, clock(track.from_s + at))), h("td", {}, what)),
  );
  const heads = h("tr", {}, h("th", { scope: "col" }, t("time")), h("th", { scope: "col" }, t("what")));
  return h(
    "section.happened",
    {},
    h("h2", {}, t("what_happened")),
    rows.length ? h("table.ruled", { "aria-label": t("what_happened") }, h("thead", {}, heads), h("tbody", {}, rows)) : emptyNote(t("nothing_happened")),
  );
}
