/** After a withdrawal: what was deleted, with its number. Or that it could not be, and a way to try again. */

import type { Receipt } from "../link/service";
import { h } from "./dom";
import type { Words } from "./words";

const COUNTED = ["recorded_rows", "visits", "decisions_unlinked", "viewer_keys"] as const;

/** Show the receipt; null where the service did not give one. */
export function showReceipt(
  root: HTMLElement,
  { receipt: words }: Words,
  receipt: Receipt | null,
  language: string,
  again: () => void,
): () => void {
  const dialog = h("dialog.receipt", { "aria-labelledby": "telltale-receipt" });
  const close = (): void => {
    dialog.close();
    dialog.remove();
  };
  const title = h("h2", { id: "telltale-receipt", tabindex: "-1", autofocus: true }, receipt === null ? words.failedTitle : words.title);
  const done = h("button.answer", { type: "button", onclick: close }, words.close);
  dialog.addEventListener("close", () => dialog.remove());
  if (receipt === null) {
    const retry = h("button.answer", { type: "button", onclick: () => (close(), again()) }, words.again);
    dialog.append(title, h("p", { role: "alert" }, words.failed), h("div.answers", {}, done, retry));
  } else {
    const counted = COUNTED.filter((name) => (receipt.deleted[name] ?? 0) > 0);
    const lines = counted.flatMap((name) => [h("dt", {}, words[name]), h("dd", {}, String(receipt.deleted[name]))]);
    dialog.append(
      title,
      h("p", {}, words.text),
      lines.length > 0 ? h("dl", {}, ...lines) : h("p", {}, words.none),
      h("p.number", {}, `${words.number} `, h("code", {}, receipt.receipt), h("time", { datetime: receipt.at }, told(receipt.at, language))),
      h("div.answers", {}, done),
    );
  }
  root.append(dialog);
  dialog.showModal();
  return close;
}

const told = (at: string, language: string): string =>
  new Date(at).toLocaleString(language, { dateStyle: "medium", timeStyle: "short" });
