/** What stands out at the playhead, in words and small bars. */
import type { Pose } from "../face/pose.ts";
import { probability } from "../draw/format.ts";
import { h, setText } from "../shell/dom.ts";
import { t, unitWords } from "../shell/language.ts";
import { strongestNow } from "./strengths.ts";

const LINES = 5;
const TO_DEGREES = 180 / Math.PI;

export function nowReadout(): { node: HTMLElement; show(pose: Pose, value: number | null): void } {
  const number = h("b", {}, "–");
  const head = h("dd", {}, "–");
  const lines = Array.from({ length: LINES }, () => {
    const [name, left, right] = [h("th", { scope: "row" }), h("i", {}), h("i", {})];
    const row = h("tr", { hidden: true }, name, h("td", {}, h("span.strength", {}, left)), h("td", {}, h("span.strength", {}, right)));
    return { row, name, left, right };
  });
  const rest = h("p.soft", {}, t("at_rest"));
  const heads = h("tr", {}, h("th", { scope: "col" }, t("now_strongest")), h("th", { scope: "col" }, t("left")), h("th", { scope: "col" }, t("right")));
  const node = h(
    "div.now",
    {},
    h("dl.pairs", {}, h("div", {}, h("dt", {}, t("probability_now")), h("dd", {}, number)), h("div", {}, h("dt", {}, t("head")), head)),
    h("table.small", { "aria-label": t("now_strongest") }, h("thead", {}, heads), h("tbody", {}, lines.map(({ row }) => row))),
    rest,
  );
  const show = (pose: Pose, value: number | null): void => {
    setText(number, probability(value));
    const strong = pose.read ? strongestNow(pose, LINES) : [];
    rest.hidden = strong.length > 0;
    setText(rest, t(pose.read ? "at_rest" : "not_read"));
    setText(head, pose.read ? t("head_words", { yaw: degrees(pose.yaw), pitch: degrees(pose.pitch) }) : "–");
    lines.forEach(({ row, name, left, right }, k) => {
      const one = strong[k];
      row.hidden = !one;
      if (!one) return;
      setText(name, unitWords(one.unit));
      left.style.transform = `scaleX(${Math.min(1, one.left).toFixed(2)})`;
      right.style.transform = `scaleX(${Math.min(1, one.right).toFixed(2)})`;
    });
  };
  return { node, show };
}

function degrees(radians: number): string {
  const value = Math.round(radians * TO_DEGREES);
  return value < 0 ? `−${-value}` : String(value);
}
