/** The viewer's language, and what is filled into its sentences. */

import type { Language } from "../link/messages";
import { EN, type Words } from "./words/en";
import { ZH } from "./words/zh";

export type { Words } from "./words/en";

export const wordsOf = (language: Language): Words => (language === "zh-Hans" ? ZH : EN);

/** A page's language as one of ours: Chinese where it says so, else English. */
export const languageOf = (tag: string): Language => (/^zh\b/i.test(tag) ? "zh-Hans" : "en");

/** `fill("kept {n} days", { n: 30 })` is "kept 30 days". */
export const fill = (text: string, values: Readonly<Record<string, string | number>>): string =>
  text.replace(/\{(\w+)\}/g, (whole, name: string) => (name in values ? String(values[name]) : whole));
