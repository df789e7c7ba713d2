/** What the page decides without drawing: pace, when frames were taken, what was missed, choices, memory, words. */

import assert from "node:assert/strict";
import test from "node:test";

import type { Disclosure } from "../src/link/service";
import { agreedOf, asked, missing, shownOf, textName } from "../src/page/choices";
import { FrameClock } from "../src/page/frame_clock";
import { Memory } from "../src/page/memory";
import { Missed } from "../src/page/missed";
import { Pace } from "../src/page/pace";
import { problemOf } from "../src/page/refusal";
import { fill, languageOf, wordsOf } from "../src/page/words";

const EVERY_MS = 1000 / 30;

/** Frames of a camera at 30 Hz, each of which takes so long to read; which tenths got one. */
function film(pace: Pace, seconds: number, msAFrame: number, fromMs = 0): { read: number; tenths: Set<number> } {
  let freeMs = fromMs;
  let read = 0;
  const tenths = new Set<number>();
  for (let i = 0; i < seconds * 30; i++) {
    const nowMs = fromMs + i * EVERY_MS;
    const tenth = Math.ceil(nowMs / 100 - 1e-6);
    if (!pace.take(nowMs, tenth, nowMs < freeMs)) continue;
    freeMs = nowMs + msAFrame;
    read++;
    tenths.add(tenth);
    pace.done(msAFrame);
  }
  return { read, tenths };
}

test("a device with time reads every frame", () => {
  const pace = new Pace();
  assert.deepEqual([film(pace, 10, 12).read, pace.ratePerS, pace.report(10_000).dropped], [300, 30, 0]);
});

for (const [msAFrame, rate] of [[30, 20], [45, 15], [60, 10], [90, 10]] as const) {
  test(`at ${msAFrame} ms a frame ${rate} a second are aimed at, and no tenth stays empty`, () => {
    const pace = new Pace();
    film(pace, 20, msAFrame);
    assert.equal(pace.ratePerS, rate);
    pace.restart(20_000);
    const { read, tenths } = film(pace, 10, msAFrame, 20_000);
    assert.ok(tenths.size >= 100, `${tenths.size} of 100 tenths`);
    assert.ok(read >= 10 * rate && read <= 15 * rate, `${read} frames in 10 s`);
    const { framesPerS, dropped } = pace.report(30_000);
    assert.equal(read + dropped, 300);
    assert.equal(framesPerS, read / 10);
  });
}

test("a device that has time again reads more again", () => {
  const pace = new Pace();
  film(pace, 20, 60);
  film(pace, 30, 8, 20_000);
  assert.equal(pace.ratePerS, 30);
});

test("what the camera missed is reported once", () => {
  const pace = new Pace();
  pace.restart(0);
  pace.missed(3);
  assert.equal(pace.report(1_000).dropped, 3);
  assert.equal(pace.report(2_000).dropped, 0);
});

test("gaps in the camera's stamps are missed frames, at whatever rate it runs", () => {
  const missed = new Missed();
  const count = (stamps: number[]): number => stamps.reduce((sum, stampMs) => sum + missed.before(stampMs), 0);
  const at30 = Array.from({ length: 40 }, (_, i) => i * EVERY_MS + (i % 3));
  assert.equal(count(at30), 0);
  assert.equal(missed.before(39 * EVERY_MS + 5 * EVERY_MS), 4);
  // In poor light a camera exposes for longer: after a second that is its rate.
  const at15 = Array.from({ length: 60 }, (_, i) => 2_000 + i * 2 * EVERY_MS);
  count(at15.slice(0, 35));
  assert.equal(count(at15.slice(35)), 0);
});

test("frames are as evenly apart as their stamps, and no later than they came", () => {
  const clock = new FrameClock();
  const delays = [40, 12, 90, 15, 12, 33, 12.5, 60];
  const taken = delays.map((delay, i) => clock.taken(i * EVERY_MS, 5_000 + i * EVERY_MS + delay));
  for (const [i, ms] of taken.entries()) {
    assert.ok(ms <= 5_000 + i * EVERY_MS + delays[i] + 1e-9);
    if (i > 2) assert.ok(Math.abs(ms - taken[i - 1] - EVERY_MS) < 1e-9);
    if (i > 0) assert.ok(ms > taken[i - 1]);
  }
});

test("a camera's clock that drifts is followed", () => {
  const clock = new FrameClock();
  let lateMs = 0;
  for (let i = 0; i < 30 * 60; i++) {
    const nowMs = i * EVERY_MS * 1.001 + 20;
    lateMs = nowMs - clock.taken(i * EVERY_MS, nowMs);
  }
  assert.ok(lateMs < 30, `${lateMs} ms after a minute, of 60 by which the clocks went apart`);
});

const TOLD: Disclosure = {
  policy: "eu",
  version: "3",
  purposes_needed: ["read_face"],
  purposes_offered: ["personalise", "research", "sell"],
  release_needed: false,
  least_age: 18,
  rows_days: 30,
  audit_days: 180,
  kinds_shown: ["preloaded_checkout", "product_fact"],
};

test("only purposes that can be explained are asked for", () => {
  assert.deepEqual(asked(TOLD), ["read_face", "personalise", "research"]);
  assert.deepEqual(asked({ ...TOLD, purposes_offered: [] }), ["read_face"]);
});

test("a yes needs the reading, the age and, where the law says so, the release", () => {
  const choices = { purposes: ["read_face" as const], ofAge: true, released: false };
  assert.equal(missing({ ...choices, purposes: ["research"] }, TOLD), "read_face");
  assert.equal(missing({ ...choices, ofAge: false }, TOLD), "age");
  assert.equal(missing({ ...choices, ofAge: false }, { ...TOLD, least_age: 0 }), null);
  assert.equal(missing(choices, TOLD), null);
  assert.equal(missing(choices, { ...TOLD, release_needed: true }), "release");
});

test("a yes says what was seen: wording, language, policy; and no age that was not confirmed", () => {
  const agreed = agreedOf({ purposes: ["read_face"], ofAge: false, released: false }, TOLD, "zh-Hans");
  assert.deepEqual(agreed, { purposes: ["read_face"], text_version: "sheet-2.zh-Hans.pro-pre.eu-3", disclosed: true, released: false, age_at_least: 0 });
  assert.equal(textName({ ...TOLD, policy: "p".repeat(90) }, "en").length, 64);
});

test("what may be shown is part of the text: more of it is another text, to be asked anew", () => {
  const more = { ...TOLD, kinds_shown: [...TOLD.kinds_shown, "limited_time_badge", "social_proof_note", "unheard_of"] };
  assert.deepEqual(shownOf(more), ["product_fact", "preloaded_checkout", "social_proof_note", "limited_time_badge"]);
  assert.equal(textName(more, "en"), "sheet-2.en.pro-pre-soc-lim.eu-3");
  assert.equal(textName({ ...TOLD, kinds_shown: [] }, "en"), "sheet-2.en.none.eu-3");
});

test("a refusal is said in the viewer's words: the service's own are for engineers", () => {
  const said = ["no consent to read_face", "no written release", "no age of 18 was confirmed", "the moon is full", ""];
  assert.deepEqual(said.map(problemOf), ["read_face", "release", "age", "refused", "refused"]);
  for (const language of ["en", "zh-Hans"] as const) assert.ok(!wordsOf(language).problem.refused.includes("{"));
});

test("a tab remembers its session and no other; without storage the page does", () => {
  const held = new Map<string, string>();
  const storage = {
    getItem: (key: string) => held.get(key) ?? null,
    setItem: (key: string, value: string) => void held.set(key, value),
  };
  new Memory("a", storage).change({ beganMs: 5 });
  new Memory("a", storage).change({ optedOut: true });
  assert.deepEqual(new Memory("a", storage).now, { beganMs: 5, optedOut: true });
  assert.deepEqual(new Memory("b", storage).now, {});
  assert.equal(new Memory("b", storage).declined, false);
  new Memory("b", storage).declined = true;
  assert.ok(new Memory("c", storage).declined, "a no holds for the tab");
  new Memory("c", storage).declined = false;
  assert.equal(new Memory("a", storage).declined, false);
  held.set("telltale:a", "no json");
  assert.deepEqual(new Memory("a", storage).now, {});
  const full = { ...storage, setItem: () => { throw new Error("full"); } };
  const memory = new Memory("c", full);
  memory.change({ beganMs: 7 });
  assert.equal(memory.now.beganMs, 7);
});

/** Every text of a language by its name. */
const texts = (words: object, name = ""): [string, string][] =>
  Object.entries(words).flatMap(([key, value]) => (typeof value === "string" ? [[`${name}.${key}`, value]] : texts(value, `${name}.${key}`))) as [string, string][];

test("both languages fill in the same, and say the same number of things", () => {
  const named = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map(([, one]) => one).sort();
  const chinese = new Map(texts(wordsOf("zh-Hans")));
  for (const [name, text] of texts(wordsOf("en"))) {
    assert.ok(chinese.get(name), name);
    assert.deepEqual(named(chinese.get(name) ?? ""), named(text), name);
  }
  assert.equal(chinese.size, texts(wordsOf("en")).length);
  assert.deepEqual(["zh", "zh-CN", "zhx", "en-GB", ""].map(languageOf), ["zh-Hans", "zh-Hans", "en", "en", "en"]);
  assert.equal(fill("{a} and {b}", { a: 1 }), "1 and {b}");
});
