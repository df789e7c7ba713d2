/** Tables of the audit, and their times. */
import { moment } from "../draw/format.ts";
import { h } from "../shell/dom.ts";
import { language } from "../shell/language.ts";

export const when = (iso: string | null): string => moment(iso, language(), new Date(), true);

export function table(name: string, heads: string[], rows: HTMLElement[]): HTMLElement {
  return h("table.ruled", { "aria-label": name }, h("thead", {}, h("tr", {}, heads.map((words) => h("th", { scope: "col" }, words)))), h("tbody", {}, rows));
}
