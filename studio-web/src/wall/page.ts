/** The live wall. */
import { whenColoursChange } from "../draw/colours.ts";
import { probability } from "../draw/format.ts";
import type { App } from "../shell/app.ts";
import { h, type Page, setText } from "../shell/dom.ts";
import { t, type Word } from "../shell/language.ts";
import { figures } from "./figures.ts";
import { filters } from "./filters.ts";
import { List } from "./list.ts";
import { type Choice, ordered } from "./order.ts";
import { Panel } from "./panel.ts";

/** Rows would dance if they were put in order each second. */
const ORDER_EVERY_MS = 3000;
/** While the reader points or scrolls nothing changes places. */
const POINTING_MS = 4000;

/** So long may pass until the processes have told of their viewers. */
const GATHERING_MS = 3000;

/** Kept while the studio is open, so that it is as it was when one comes back. */
const choice: Choice = { sort: "probability", room: "", state: "" };

export function wallPage(app: App): Page {
  let orderedAt = -Infinity;
  let pointedAt = -Infinity;
  const openedAt = performance.now();
  const counts = figures();
  const empty = h("p.empty", { role: "status" });
  const list = new List(app, (session) => open(session));
  const panel = new Panel(app, () => close());
  const bar = filters(choice, () => show(true));
  const limit = h("span.key.limit", {});
  const legend = h(
    "p.legend",
    {},
    limit,
    (["shown", "control", "refused"] as const).map((name) => h("span.key", {}, h(`i.${name}`, {}), t(`legend_${name}` as Word))),
  );
  const node = h(
    "div.wall-page",
    {},
    h("h1.unseen", {}, t("wall_title")),
    counts.node,
    h("div.bar-line", {}, bar.node, legend),
    h("div.wall-body", {}, h("div.list", {}, list.node, empty), panel.node),
  );

  const touched = (): void => void (pointedAt = performance.now());
  for (const name of ["pointermove", "wheel", "touchmove", "keydown"]) list.node.addEventListener(name, touched, { passive: true });
  panel.node.addEventListener("keydown", (event) => event.key === "Escape" && close());

  function open(session: string): void {
    list.opened = session;
    list.refresh();
    // Before it is drawn: its graph asks how wide it is.
    node.classList.add("with-panel");
    panel.open(session);
  }

  function close(): void {
    const { opened } = list;
    list.opened = "";
    panel.close();
    node.classList.remove("with-panel");
    list.refresh();
    list.focus(opened);
  }

  function show(anew = false): void {
    if (document.hidden) return;
    const { store } = app;
    const now = performance.now();
    counts.show(store.counts);
    bar.rooms(store.rooms());
    if (anew || (now - orderedAt > ORDER_EVERY_MS && now - pointedAt > POINTING_MS)) {
      orderedAt = now;
      const sessions = ordered(store.viewers.values(), choice);
      list.setOrder(sessions);
      setText(bar.count, sessions.length < store.viewers.size ? t("of_viewers", { shown: sessions.length, all: store.viewers.size }) : "");
      const gathering = store.viewers.size === 0 && now - openedAt < GATHERING_MS;
      const words = store.counts === null || gathering ? "connecting" : store.viewers.size === 0 ? "nobody" : sessions.length === 0 ? "nobody_matches" : null;
      empty.hidden = words === null;
      setText(empty, words ? t(words) : "");
      list.node.hidden = words !== null;
    } else list.refresh();
    setText(limit, t("legend_threshold", { value: probability(app.threshold) }));
    panel.refresh();
  }

  let first = app.store.counts === null;
  const news = (): void => {
    // The first news is put in order at once; so are viewers who came while nobody was listed.
    const anew = first && app.store.counts !== null;
    if (anew) first = false;
    show(anew || !empty.hidden);
  };
  const ends = [app.onNews(news), whenColoursChange(() => show())];
  const visible = (): void => show(true);
  document.addEventListener("visibilitychange", visible);
  show(true);
  const leave = (): void => {
    for (const end of ends) end();
    document.removeEventListener("visibilitychange", visible);
    list.end();
    panel.close();
  };
  return { node, title: t("wall_title"), leave };
}
