/** English and Chinese: one dictionary, each entry a pair. */
import * as areas from "./words/index.ts";

export type Language = "en" | "zh-Hans";
type Pair = readonly [en: string, zh: string];

const WORDS = {
  ...areas.frame,
  ...areas.wall,
  ...areas.player,
  ...areas.decisions,
  ...areas.study,
  ...areas.audit,
} satisfies Record<string, Pair>;
export type Word = keyof typeof WORDS;

const KEPT = "telltale.language";
let now: Language = "en";

export function startLanguage(): void {
  const kept = localStorage.getItem(KEPT);
  const preferred = navigator.language.toLowerCase().startsWith("zh") ? "zh-Hans" : "en";
  setLanguage(kept === "en" || kept === "zh-Hans" ? kept : preferred, false);
}

export function language(): Language {
  return now;
}

export function setLanguage(to: Language, keep = true): void {
  now = to;
  document.documentElement.lang = to;
  if (keep) localStorage.setItem(KEPT, to);
}

/** A phrase in the reader's language; `{name}` in it is replaced. */
export function t(word: Word, values: Record<string, string | number> = {}): string {
  return put(WORDS[word], values);
}

function put(pair: Pair, values: Record<string, string | number> = {}): string {
  const text = now === "en" ? pair[0] : pair[1];
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** A unit of the face in plain words, such as `lip corners up`. */
export function unitName(unit: number): string {
  const pair = (areas.units as Record<number, Pair>)[unit];
  return pair ? put(pair) : `AU${unit}`;
}

/** The same with its FACS number. */
export function unitWords(unit: number): string {
  return t("unit_and_number", { name: unitName(unit), number: unit });
}

/** What a guard sees to, in plain words; one that is not known is shown by its own name. */
export function guardWords(guard: string): string {
  const pair = (areas.guards as Record<string, Pair>)[guard.replaceAll("-", "_").toLowerCase()];
  return pair ? put(pair) : plain(guard);
}

/** A word of the server's in the reader's language where there is one. */
export function serverWords(kind: keyof typeof areas.server, word: string): string {
  const pair = (areas.server[kind] as Record<string, Pair>)[word];
  return pair ? put(pair) : plain(word);
}

const plain = (name: string): string => name.replaceAll("_", " ").replaceAll("-", " ");
