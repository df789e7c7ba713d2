/** What went wrong, in words. */
import { ApiError } from "../api/client.ts";
import { h } from "./dom.ts";
import { t } from "./language.ts";

export function faultWords(fault: unknown): string {
  if (!(fault instanceof ApiError)) {
    // Most often a page of another version of the studio, which the server has no more.
    console.error(fault);
    return t("reload");
  }
  if (fault.message) return fault.message;
  if (fault.status === 0 || fault.status >= 502) return t("no_answer");
  return fault.status === 403 ? t("not_allowed") : t("went_wrong", { status: fault.status });
}

/** A line with a button to try once more. */
export function faultNote(fault: unknown, again?: () => void): HTMLElement {
  return h(
    "div.fault",
    { role: "alert" },
    h("p", {}, faultWords(fault)),
    again && h("button.plain", { type: "button", onclick: again }, t("try_again")),
  );
}

/** A quiet line for what is empty. */
export function emptyNote(words: string): HTMLElement {
  return h("p.empty", {}, words);
}
