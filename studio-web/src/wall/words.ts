/** A viewer's state in words. */
import type { LastDecision, Viewer } from "../api/types.ts";
import { percent, probability } from "../draw/format.ts";
import type { App } from "../shell/app.ts";
import { guardWords, language, serverWords, t } from "../shell/language.ts";

export function ago(seconds: number): string {
  if (seconds < 1) return t("just_now");
  return seconds < 100 ? t("seconds_ago", { s: seconds }) : t("minutes_ago", { m: Math.round(seconds / 60) });
}

/** What an intervention says to the viewer; its own name where the catalogue does not hold it. */
export function interventionWords(app: App, name: string): string {
  const found = app.overview?.catalogue.find((one) => one.name === name);
  const text = found?.text[language()] ?? "";
  if (found && text === "{fact}") return serverWords("kind", found.kind);
  return text ? text.replace("{fact}", "…") : name.replaceAll("_", " ");
}

/** What became of the last decision, and when. */
export function lastWords(last: LastDecision, { held_out: heldOut }: Viewer, second: number): string {
  const when = ago(Math.max(0, second - last.second));
  if (last.outcome === "shown") return t(last.exposed ? "was_shown_seen" : "was_shown", { ago: when });
  if (last.outcome === "control") return t(heldOut ? "was_held_out" : "was_control", { ago: when });
  const why = last.refusals.map((refusal) => guardWords(refusal.guard)).join(", ");
  return t("was_refused", { ago: when, why: why || t("nothing") });
}

export function readingWords(viewer: Viewer): { first: string; second: string } {
  if (viewer.state !== "reading") return { first: serverWords("state", viewer.state), second: "" };
  const frames = viewer.frames_per_s === null ? "" : ` · ${t("frames", { n: Math.round(viewer.frames_per_s) })}`;
  return {
    first: t("reads", { share: percent(viewer.read) }),
    second: `${t("sure", { value: probability(viewer.confidence) })}${frames}`,
  };
}
