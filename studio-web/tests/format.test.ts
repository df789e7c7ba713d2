import assert from "node:assert/strict";
import { test } from "node:test";
import { clock, count, moment, probability, pValue } from "../src/draw/format.ts";

test("a probability has two places, and nothing read is a dash", () => {
  assert.equal(probability(0.6049), "0.60");
  assert.equal(probability(1), "1.00");
  for (const none of [null, undefined, Number.NaN]) assert.equal(probability(none), "–");
});

test("a clock counts minutes, hours and tenths", () => {
  assert.equal(clock(7.9), "0:07");
  assert.equal(clock(754), "12:34");
  assert.equal(clock(3723), "1:02:03");
  assert.equal(clock(59.96, true), "1:00.0");
  assert.equal(clock(14, true), "0:14.0");
  assert.equal(clock(-3), "0:00");
});

test("a moment of today has no day, one of another day has", () => {
  const now = new Date("2026-03-02T12:00:00");
  assert.equal(moment("2026-03-02T09:05:07", "en", now), "09:05:07");
  assert.equal(moment("2026-03-02T09:05:07", "en", now, true), "Mar 2 09:05");
  assert.equal(moment("2026-02-27T09:05:07", "en", now), "Feb 27 09:05");
  assert.equal(moment("2025-02-27T09:05:07", "en", now), "Feb 27, 2025 09:05");
  assert.equal(moment(null, "en", now), "–");
  assert.equal(moment("no time", "en", now), "no time");
});

test("counts are grouped, small p are not rounded to nothing", () => {
  assert.equal(count(10400, "en"), "10,400");
  assert.equal(pValue(0.00014), "< 0.001");
  assert.equal(pValue(0.623), "0.623");
  assert.equal(pValue(null), "–");
});
