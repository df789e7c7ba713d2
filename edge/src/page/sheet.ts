/** The consent sheet: told first, then asked. Nothing is ticked, and no is as easy as yes. */

import type { Disclosure } from "../link/service";
import { asked, missing, shownOf, type Choices, type Purpose } from "./choices";
import { h, setText } from "./dom";
import { fill, type Words } from "./words";

export interface SheetOptions {
  words: Words;
  language: string;
  shop: { name: string; privacy?: string };
  told: Disclosure;
  /** What was chosen before, when it is opened again; nothing the first time. */
  before: readonly string[];
  /** Take the answer; which problem there is where it was not taken. */
  onYes: (choices: Choices) => Promise<Problem | null>;
  /** No, the first time; as it was before, when it is opened again. */
  onNo: () => void;
  /** All is taken back: it was opened again, and nothing is to be read any more. */
  onNothing: () => void;
}

export type Problem = keyof Words["problem"];

/** Open the sheet over the page; returns how to close it. */
export function openSheet(root: HTMLElement, options: SheetOptions): () => void {
  const { words, shop, told } = options;
  const again = options.before.length > 0;
  const noText = again ? words.sheet.keep : words.sheet.no;
  const kinds = listed(shownOf(told).map((kind) => words.sheet[kind]), options.language);
  const buttons = { no: noText, yes: words.sheet.yes };
  const values = { ...buttons, kinds, shop: shop.name, rows: told.rows_days, audit: told.audit_days, age: told.least_age };
  const say = (text: string): string => fill(text, values);
  const fault = h("p.fault", { role: "alert" });
  const boxes = new Map<string, HTMLInputElement>();
  const tick = (name: string, label: string, text = "", checked = false): HTMLElement => {
    const box = h("input", { type: "checkbox", name, id: `telltale-${name}`, checked });
    boxes.set(name, box);
    const parts = [h("span.name", {}, say(label)), text ? h("small", {}, say(text)) : null];
    return h("label.tick", { for: box.id }, box, h("span", {}, ...parts));
  };
  const ticked = (name: string): boolean => boxes.get(name)?.checked ?? false;
  const purposes = asked(told);
  const choices = (): Choices => ({
    purposes: purposes.filter(ticked) as Purpose[],
    ofAge: ticked("age"),
    released: ticked("release"),
  });
  const title = h("h2", { id: "telltale-title", tabindex: "-1", autofocus: true }, words.sheet.title);
  const no = h("button.answer", { type: "button", onclick: () => close(options.onNo) }, noText);
  const yes = h("button.answer", { type: "button", onclick: () => void answer() }, words.sheet.yes);
  const dialog = h(
    "dialog.sheet",
    { "aria-labelledby": "telltale-title" },
    h(
      "div.told",
      {},
      title,
      h("p.lead", {}, say(words.sheet.lead)),
      facts(words, say, kinds ? words.sheet.whyText : words.sheet.whyNothing, shop.privacy),
      h(
        "fieldset",
        {},
        h("legend", {}, words.sheet.choose),
        ...purposes.map((name) => tick(name, words.sheet[name], words.sheet[`${name}Text`], options.before.includes(name))),
        told.least_age > 0 ? tick("age", words.sheet.age) : null,
        told.release_needed ? tick("release", words.sheet.release, words.sheet.releaseText) : null,
      ),
      h("p.foot", {}, words.sheet.foot),
    ),
    h("div.answers", {}, fault, no, yes),
  );

  /** Neither of the other two without the first. */
  const together = (changed: EventTarget | null): void => {
    const read = boxes.get("read_face");
    if (!read) return;
    for (const name of purposes.slice(1)) {
      const box = boxes.get(name);
      if (box && changed === read && !read.checked) box.checked = false;
      if (box && changed === box && box.checked) read.checked = true;
    }
    const withdraws = again && !read.checked;
    setText(fault, withdraws ? say(words.problem.nothing) : "");
  };
  dialog.addEventListener("change", (event) => together(event.target));
  // Escape closes it, and so does a phone's way back: what is not a yes changes nothing.
  dialog.addEventListener("close", () => close(options.onNo));

  async function answer(): Promise<void> {
    const lacks = missing(choices(), told);
    if (lacks === "read_face" && again) return close(options.onNothing);
    if (lacks) {
      setText(fault, say(words.problem[lacks]));
      boxes.get(lacks)?.focus();
      return;
    }
    yes.disabled = true;
    const problem = await options.onYes(choices());
    yes.disabled = false;
    if (problem === null) return close();
    setText(fault, say(words.problem[problem]));
    (boxes.get(problem) ?? yes).focus();
  }

  function close(then?: () => void): void {
    if (!dialog.isConnected) return;
    dialog.close();
    dialog.remove();
    then?.();
  }

  root.append(dialog);
  dialog.showModal();
  return () => close();
}

/** `a, b or c`, as the language says it. */
const listed = (parts: string[], language: string): string => new Intl.ListFormat(language, { type: "disjunction" }).format(parts);

/** What is read, what for, by whom, how long, and what is never done. */
function facts(words: Words, say: (text: string) => string, why: string, privacy: string | undefined): HTMLElement {
  const { sheet } = words;
  const link = privacy && /^https?:/.test(new URL(privacy, location.href).href) ? privacy : null;
  const row = (name: string, ...text: (Node | string | null)[]): Node[] => [h("dt", {}, name), h("dd", {}, ...text)];
  const list = [sheet.neverPicture, sheet.neverPrice, sheet.neverWho].map((text) => h("li", {}, text));
  return h(
    "dl",
    {},
    ...row(sheet.what, sheet.whatText),
    ...row(sheet.why, say(why)),
    ...row(sheet.who, say(sheet.whoText), link && " ", link && h("a", { href: link, target: "_blank", rel: "noopener" }, sheet.more)),
    ...row(sheet.long, h("p", {}, say(sheet.longText)), h("p", {}, say(sheet.longResearch))),
    ...row(sheet.never, h("ul", {}, ...list)),
  );
}
