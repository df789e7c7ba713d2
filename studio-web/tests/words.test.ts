import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { UNITS } from "../src/api/channels.ts";
import * as areas from "../src/shell/words/index.ts";

type Pair = readonly [string, string];
const pages: Record<string, Record<string, Pair>> = { ...areas, guards: {}, units: {}, server: {} } as never;

test("every phrase is there in both languages, with the same values in it", () => {
  const all: [string, Pair][] = [
    ...Object.values(pages).flatMap((area) => Object.entries(area)),
    ...Object.entries(areas.guards),
    ...Object.entries(areas.units).map(([unit, pair]): [string, Pair] => [unit, pair]),
    ...Object.values(areas.server).flatMap((kind) => Object.entries(kind as Record<string, Pair>)),
  ];
  const values = (text: string): string => (text.match(/\{\w+\}/g) ?? []).sort().join();
  for (const [word, [en, zh]] of all) {
    assert.ok(en && zh, word);
    assert.equal(values(en), values(zh), word);
  }
});

test("no phrase has one name in two areas", () => {
  const names = Object.values(pages).flatMap((area) => Object.keys(area));
  assert.deepEqual(names.filter((name, k) => names.indexOf(name) !== k), []);
});

test("every unit has a name", () => {
  assert.deepEqual(Object.keys(areas.units).map(Number), [...UNITS]);
});

test("text stands out from its ground (WCAG AA): 4.5 for text, 3 for edges, light and dark", () => {
  const css = readFileSync("src/styles/base.css", "utf8");
  for (const theme of css.matchAll(/--paper: #[^}]*/g)) {
    const of = (name: string): string => new RegExp(`--${name}: (#\\w{6})`).exec(theme[0])?.[1] ?? "";
    if (!of("paper")) continue;
    const pairs: [string, string, number][] = [
      ["ink", "paper", 7], ["soft", "paper", 4.5], ["soft", "wash", 4.5], ["mark", "paper", 4.5], ["mark", "mark-wash", 4.5], ["soft", "mark-wash", 4.5],
      ["alarm", "paper", 4.5], ["on-mark", "mark", 4.5], ["on-alarm", "alarm", 4.5], ["edge", "paper", 3], ["mark", "wash", 4.5],
    ];
    for (const [one, other, least] of pairs) {
      const found = contrast(of(one), of(other));
      assert.ok(found >= least, `${one} ${of(one)} on ${other} ${of(other)}: ${found.toFixed(2)}`);
    }
  }
});

function contrast(one: string, other: string): number {
  const [a, b] = [light(one), light(other)].sort((x, y) => y - x);
  return (a + 0.05) / (b + 0.05);
}

function light(hex: string): number {
  const parts = [1, 3, 5].map((k) => Number.parseInt(hex.slice(k, k + 2), 16) / 255);
  const [r, g, b] = parts.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
