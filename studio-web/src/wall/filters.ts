/** Order, room and state of the wall. */
import { h } from "../shell/dom.ts";
import { serverWords, t } from "../shell/language.ts";
import { type Choice, type Sort, SORTS } from "./order.ts";

const STATES = ["reading", "paused", "away"] as const;

export function filters(choice: Choice, changed: () => void): { node: HTMLElement; count: HTMLElement; rooms(names: string[]): void } {
  const sorts = SORTS.map((sort: Sort) =>
    h(
      "label",
      {},
      h("input", { type: "radio", name: "sort", value: sort, checked: sort === choice.sort, onchange: () => ((choice.sort = sort), changed()) }),
      h("span", {}, t(`sort_${sort}`)),
    ),
  );
  const room = h("select", { id: "room", onchange: () => ((choice.room = room.value), changed()) }, option("", t("all_rooms")));
  const state = h(
    "select",
    { id: "state", onchange: () => ((choice.state = state.value), changed()) },
    option("", t("all_states")),
    STATES.map((name) => option(name, serverWords("state", name))),
  );
  state.value = choice.state;
  const count = h("p.count", { role: "status" });
  let known = "";
  const rooms = (names: string[]): void => {
    const key = names.join("\n");
    if (key === known) return;
    known = key;
    room.replaceChildren(option("", t("all_rooms")), ...names.map((name) => option(name, name)));
    if (!names.includes(choice.room)) choice.room = "";
    room.value = choice.room;
  };
  const node = h(
    "div.filters",
    { role: "search" },
    h("fieldset.segments", {}, h("legend", {}, t("sort_by")), sorts),
    h("label.field", { for: "room" }, h("span", {}, t("room")), room),
    h("label.field", { for: "state" }, h("span", {}, t("state")), state),
    count,
  );
  return { node, count, rooms };
}

function option(value: string, words: string): HTMLOptionElement {
  return h("option", { value }, words);
}
