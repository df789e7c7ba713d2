/** The page on which whoever tries the service is the viewer. One call: `POST /v1/try/session` for a token. */

import { h, setText } from "../src/page/dom";
import { begin } from "../src/page/begin";
import { fill, languageOf } from "../src/page/words";
import { Bars } from "./bars";
import { Mirror } from "./face";
import { tryWords } from "./words";

const asked = new URLSearchParams(location.search).get("lang");
const language = languageOf(asked ?? navigator.language);
const words = tryWords(language === "zh-Hans");
document.documentElement.lang = language;
document.title = `Telltale: ${words.title}`;

const mirror = new Mirror(words.picture, words.noPicture);
const bars = new Bars(words);
const value = (text = "–"): HTMLElement => h("dd", {}, text);
const values = { state: value(), link: value(), rate: value(), dropped: value(), seconds: value("0") };
const shown = h("ul.shown");
const nothing = h("p.soft", {}, words.nothing);
const again = h("button", { type: "button", hidden: true }, words.begin);
const fault = h("p.fault", { role: "alert" });
const other = new URL(location.href);
other.searchParams.set("lang", language === "en" ? "zh" : "en");

document.body.append(
  h("header", {}, h("h1", {}, words.title), h("a", { href: other.href, lang: language === "en" ? "zh-Hans" : "en" }, words.other), h("p", {}, words.lead), fault),
  h(
    "main",
    {},
    h("section.seen", {}, mirror.element, again),
    h("section", { "aria-label": words.units }, h("h2", {}, words.units), h("p.soft", {}, words.unitsText), bars.element),
    h(
      "section",
      {},
      h("h2", {}, words.how),
      h("dl", {}, ...Object.entries(values).flatMap(([name, element]) => [h("dt", {}, words[name as keyof typeof values]), element])),
      h("h2", {}, words.shown),
      nothing,
      shown,
      h("h2", {}, words.stop),
      h("p.soft", {}, words.stopText),
    ),
  ),
);

await open();

async function open(): Promise<void> {
  const answer = await fetch("/v1/try/session", { method: "POST" }).catch(() => null);
  if (!answer?.ok) return setText(fault, words.none);
  const { token } = (await answer.json()) as { token: string };
  // The first figures come before the first report does.
  let count = 0;
  let sinceMs = performance.now();
  const device = begin(
    {
      service: "/",
      token,
      language,
      shop: { name: words.shop },
      models: "../models/",
      onState: ({ name, text }) => {
        setText(values.state, words.states[name]);
        again.hidden = name !== "declined";
        setText(fault, name === "failed" || name === "stopped" ? text : "");
        if (name !== "reading") bars.show(null);
      },
    },
    {
      stream: (stream) => mirror.stream(stream),
      look: (look, ms) => {
        mirror.draw(look);
        bars.show(look?.channels ?? null);
        count++;
        const forMs = performance.now() - sinceMs;
        if (forMs < 1000) return;
        setText(values.rate, fill(words.rateText, { rate: Math.round((1000 * count) / forMs), ms: Math.round(ms) }));
        count = 0;
        sinceMs = performance.now();
      },
      report: ({ dropped }) => setText(values.dropped, fill(words.droppedText, { count: dropped })),
      link: (state) => setText(values.link, words.links[state]),
      second: () => setText(values.seconds, String(Number(values.seconds.textContent) + 1)),
      show: ({ text }) => {
        nothing.hidden = true;
        shown.prepend(h("li", {}, h("time", {}, new Date().toLocaleTimeString(language)), ` ${text}`));
      },
    },
  );
  again.onclick = () => device.ask();
}
