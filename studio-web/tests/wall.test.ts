import assert from "node:assert/strict";
import { test } from "node:test";
import type { Counts, Switch, Viewer } from "../src/api/types.ts";
import { History, range } from "../src/wall/history.ts";
import { ordered } from "../src/wall/order.ts";
import { Store } from "../src/wall/store.ts";

const SWITCH: Switch = { on: true, by: null, why: null, at: null };
const COUNTS: Counts = { viewers: 0, reading: 0, told_a_minute: 0, decisions_a_minute: 0, shown_a_minute: 0, refused_a_minute: 0, p99_ms: null };
const at = (second: number): string => new Date(1.7e12 + second * 1000).toISOString();

function viewer(session: string, more: Partial<Viewer> = {}): Viewer {
  return {
    session, room: "a", label: session, since_s: 9, second: 9, probability: 0.5, state: "reading", read: 1, confidence: 1,
    frames_per_s: 20, dropped: 0, reasons: [], held_out: false, last: null, ...more,
  };
}

function read(history: History, length: number, end: number): number[] {
  const into = new Float32Array(length);
  history.read(into, end);
  return [...into].map((value) => Math.round(value * 100) / 100);
}

test("a history keeps seconds in their places; what was left out or comes later is unread", () => {
  const history = new History();
  history.begin([0.1, null, 0.3], 10);
  history.add(11, 0.4);
  history.add(14, 0.7);
  assert.deepEqual(read(history, 8, 15), [0.1, NaN, 0.3, 0.4, NaN, NaN, 0.7, NaN]);
  history.add(14, 0.8);
  history.add(12, 0.5);
  assert.deepEqual(read(history, 4, 14), [0.4, 0.5, NaN, 0.8]);
});

test("a history goes round after ten minutes, and a long silence leaves nothing old in it", () => {
  const history = new History();
  for (let second = 0; second < 1500; second++) history.add(second, (second % 100) / 100);
  assert.deepEqual(read(history, 3, 1499), [0.97, 0.98, 0.99]);
  assert.deepEqual(read(history, 2, 899), [NaN, NaN]);
  history.add(9000, 0.5);
  assert.deepEqual(read(history, 3, 9000), [NaN, NaN, 0.5]);
  assert.deepEqual(read(history, 600, 9000).filter((value) => value === value), [0.5]);
});

test("the range of what was read", () => {
  const [low, high] = [0.25, 0.75];
  assert.deepEqual(range(Float32Array.of(NaN, low, high, NaN)), { low, high });
  assert.equal(range(Float32Array.of(NaN)), null);
});

test("ticks change, add and remove viewers; who is silent grows older", () => {
  const store = new Store();
  store.apply({ type: "wall", now: at(0), switch: SWITCH, counts: COUNTS, viewers: [viewer("v", { history: [0.1, 0.2] }), viewer("w")] });
  const last = { second: 10, intervention: "ready_checkout", outcome: "shown" as const, refusals: [], exposed: false };
  store.apply({ type: "tick", now: at(1), switch: SWITCH, counts: COUNTS, gone: ["w"], viewers: [viewer("v", { second: 10, probability: 0.3, last }), viewer("x")] });
  store.apply({ type: "tick", now: at(4), switch: SWITCH, counts: COUNTS, gone: [], viewers: [] });
  assert.deepEqual([...store.viewers.keys()].sort(), ["v", "x"]);
  const seen = store.viewers.get("v");
  assert.ok(seen);
  assert.equal(store.secondOf(seen), 13);
  assert.deepEqual(read(seen.history, 6, 13), [0.1, 0.2, 0.3, NaN, NaN, NaN]);
  assert.deepEqual(seen.marks, [{ second: 10, outcome: "shown" }]);
});

test("after a lost line the first message comes again: marks and longer history are kept, nothing is doubled", () => {
  const store = new Store();
  const last = { second: 9, intervention: "x", outcome: "refused" as const, refusals: [], exposed: false };
  const first = { type: "wall", now: at(0), switch: SWITCH, counts: COUNTS } as const;
  store.apply({ ...first, viewers: [viewer("v", { history: [0.1, 0.2, 0.3], last })] });
  store.apply({ ...first, now: at(2), viewers: [viewer("v", { second: 11, history: [0.3, 0.4, 0.5], last })] });
  const seen = store.viewers.get("v");
  assert.ok(seen);
  assert.deepEqual(read(seen.history, 5, 11), [0.1, 0.2, 0.3, 0.4, 0.5]);
  assert.equal(seen.marks.length, 1);
});

test("orders: greatest probability, latest decision, poorest reading; ties by name; filters by room and state", () => {
  const last = (second: number): Viewer["last"] => ({ second, intervention: "x", outcome: "shown", refusals: [], exposed: true });
  const store = new Store();
  store.apply({
    type: "wall", now: at(0), switch: SWITCH, counts: COUNTS,
    viewers: [
      viewer("c", { probability: null, read: 0, last: last(9) }),
      viewer("b", { probability: 0.5 }),
      viewer("a", { probability: 0.5, room: "z", last: last(4) }),
      viewer("d", { probability: 0.9, confidence: 0.3, state: "paused" }),
    ],
  });
  const order = (choice: Partial<Parameters<typeof ordered>[1]>): string =>
    ordered(store.viewers.values(), { sort: "probability", room: "", state: "", ...choice }).join("");
  assert.equal(order({}), "abcd");
  assert.equal(order({ sort: "recent" }), "cabd");
  assert.equal(order({ sort: "quality" }), "cdab");
  assert.equal(order({ room: "z" }), "a");
  assert.equal(order({ state: "paused" }), "d");
});
