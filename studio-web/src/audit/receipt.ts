/** A receipt of erasure: what was deleted, when and by whom. */
import type { Receipt } from "../api/types.ts";
import { count, moment } from "../draw/format.ts";
import { h } from "../shell/dom.ts";
import { language, serverWords, t } from "../shell/language.ts";

export function erasedWords(receipt: Receipt): string {
  const parts = Object.entries(receipt.deleted)
    .filter(([, rows]) => rows > 0)
    .map(([table, rows]) => t("erased_of", { what: serverWords("table", table), n: count(rows, language()) }));
  return parts.join(language() === "en" ? ", " : "，") || t("nothing");
}

export function receiptName(receipt: Receipt): string {
  return receipt.id ?? receipt.receipt ?? "–";
}

export function receiptPart(receipt: Receipt): HTMLElement {
  const pairs: [string, string][] = [
    [t("receipt"), receiptName(receipt)],
    [t("at"), moment(receipt.at, language(), new Date(), true)],
    [t("erased"), erasedWords(receipt)],
  ];
  if (receipt.by) pairs.splice(2, 0, [t("by"), receipt.by]);
  return h("dl.pairs.receipt", {}, pairs.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
}
