/** What a turn of the switch is about: everything, one room or one intervention. */
import { interventionWords } from "../wall/words.ts";
import type { App } from "./app.ts";
import { fill, h } from "./dom.ts";
import { language, t } from "./language.ts";

const KINDS = ["all", "room", "intervention"] as const;

/** A scope in words. */
export function partWords(app: App, scope: string): string {
  const [kind, ...rest] = scope.split(":");
  const name = rest.join(":");
  return kind === "room" ? t("part_room_named", { name }) : t("part_intervention_named", { name: interventionWords(app, name) });
}

/** All that is stopped by itself, in words. */
export function stoppedWords(app: App): string {
  return [...app.stopped.keys()].map((scope) => partWords(app, scope)).join(language() === "en" ? ", " : "，");
}

export interface PartChoice {
  node: HTMLElement;
  /** all, room:R or intervention:I; empty where no room is named yet. */
  scope(): string;
}

export function partChoice(app: App, changed: () => void): PartChoice {
  const kind = h("select", { id: "part", onchange: () => show() }, KINDS.map((one) => h("option", { value: one }, t(`part_${one}`))));
  const stoppedRooms = [...app.stopped.keys()].filter((scope) => scope.startsWith("room:")).map((scope) => scope.slice(5));
  const rooms = [...new Set([...app.store.rooms(), ...stoppedRooms])].sort();
  const room = h("input", { id: "part-room", list: "part-rooms", maxlength: 64, autocomplete: "off", spellcheck: "false", oninput: () => changed() });
  const list = h("datalist", { id: "part-rooms" }, rooms.map((name) => h("option", { value: name })));
  const interventions = (app.overview?.catalogue ?? []).map(({ name }) => h("option", { value: name }, interventionWords(app, name)));
  const intervention = h("select", { id: "part-intervention", onchange: () => changed() }, interventions);
  const which = h("div", {});

  function show(): void {
    if (kind.value === "room") fill(which, h("label", { for: "part-room" }, t("room")), room, list);
    else if (kind.value === "intervention") fill(which, h("label", { for: "part-intervention" }, t("intervention")), intervention);
    else fill(which);
    changed();
  }

  function scope(): string {
    if (kind.value === "all") return "all";
    const name = kind.value === "room" ? room.value.trim() : intervention.value;
    return name && `${kind.value}:${name}`;
  }
  return { node: h("div", {}, h("label", { for: "part" }, t("part_label")), kind, which), scope };
}
