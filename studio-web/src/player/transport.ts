/** Play, pause, speed and the stretch of time that is shown. */
import { h, setText } from "../shell/dom.ts";
import { t } from "../shell/language.ts";
import { clock } from "../draw/format.ts";
import { STRETCHES } from "./axis.ts";
import { type Playhead, SPEEDS } from "./playhead.ts";

export interface Transport {
  node: HTMLElement;
  show(): void;
  /** Shows more (1) or less (-1) time. */
  zoom(direction: number): void;
}

/** `fromS`: where in the session the axis begins. */
export function transport(head: Playhead, fromS: number, setStretch: (seconds: number) => void): Transport {
  const button = h("button.solid.play", { type: "button", onclick: () => head.toggle() });
  const time = h("output", { "aria-live": "off" });
  const speed = h(
    "select",
    { id: "speed", onchange: () => head.setSpeed(Number(speed.value)) },
    SPEEDS.map((one) => h("option", { value: one, selected: one === 1 }, `${one} ×`)),
  );
  const stretches = [Infinity, ...STRETCHES.filter((one) => one < head.durationS)];
  const words = (one: number): string => (one === Infinity ? t("zoom_all") : one >= 60 ? t("zoom_min", { n: one / 60 }) : t("zoom_s", { n: one }));
  const inputs = stretches.map((one) => h("input", { type: "radio", name: "stretch", checked: one === Infinity, onchange: () => setStretch(one) }));
  const zoom = (direction: number): void => {
    const at = inputs.findIndex((input) => input.checked);
    const next = inputs[Math.min(inputs.length - 1, Math.max(0, at - direction))];
    next.checked = true;
    setStretch(stretches[inputs.indexOf(next)]);
  };
  const show = (): void => {
    setText(button, t(head.playing ? "pause" : "play"));
    setText(time, t("at_of", { at: clock(fromS + head.timeS, true), all: clock(fromS + head.durationS) }));
    if (speed.value !== String(head.speed)) speed.value = String(head.speed);
  };
  const node = h(
    "div.transport",
    {},
    button,
    time,
    h("label.field", { for: "speed" }, h("span", {}, t("speed")), speed),
    h("fieldset.segments", {}, h("legend", {}, t("zoom")), inputs.map((input, k) => h("label", {}, input, h("span", {}, words(stretches[k]))))),
  );
  return { node, show, zoom };
}
