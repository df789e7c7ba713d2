/** The worker's answers: rows by their numbers, rests and gaps that are not filled, faults as one sentence. */

import assert from "node:assert/strict";
import test from "node:test";

import { VALID } from "../src/link/layout";
import { Reader } from "../src/reader";
import type { Shot } from "../src/worker/protocol";
import { Reading } from "../src/worker/reading";
import { HEAD, SHOWN, seenEverywhere } from "./seen";

const { width, height, data } = SHOWN;
const SHOT = { width, height, data } as unknown as Shot;
const reading = (): Reading => new Reading(() => 0, new Reader({ head: HEAD }, {}, seenEverywhere(() => 1)));

async function shots(worker: Reading, timesS: number[]): Promise<[number, number][]> {
  const rows: [number, number][] = [];
  for (const timeS of timesS) {
    const answer = await worker.answer({ type: "shot", timeS, shot: SHOT, look: false });
    assert.equal(answer.type, "read");
    if (answer.type === "read") rows.push(...answer.rows.map(({ number, values }): [number, number] => [number, values[VALID]]));
  }
  return rows;
}

test("rows carry their number in the session; a tenth without a frame is an unread row", async () => {
  assert.deepEqual(await shots(reading(), [7.05, 7.15, 7.35, 7.45]), [[71, 1], [72, 1], [73, 0], [74, 1]]);
});

test("a rest tells the row that was under way, and what follows is not filled up", async () => {
  const worker = reading();
  assert.deepEqual(await shots(worker, [1.05, 1.15]), [[11, 1]]);
  const rested = await worker.answer({ type: "rest" });
  assert.deepEqual(rested.type === "rested" && rested.rows.map(({ number }) => number), [12]);
  assert.deepEqual(await shots(worker, [1.55, 1.65]), [[16, 1]]);
});

test("nor is more than a second without frames, as when the camera hung", async () => {
  const worker = reading();
  assert.deepEqual(await shots(worker, [1.05, 4.05, 4.15]), [[11, 1], [41, 1]]);
});

test("a frame that is stamped too early counts as a moment later", async () => {
  assert.deepEqual(await shots(reading(), [1.05, 1.04, 1.15]), [[11, 1]]);
});

test("what fails is said in a sentence", async () => {
  const answer = await new Reading(() => 0).answer({ type: "shot", timeS: 0, shot: SHOT, look: false });
  assert.deepEqual(answer, { type: "failed", why: "the networks are not loaded" });
});
