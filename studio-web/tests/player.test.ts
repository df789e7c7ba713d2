import assert from "node:assert/strict";
import { test } from "node:test";
import { COUNT, energy, intensity, UNITS, VALID, YAW } from "../src/api/channels.ts";
import { neutral, poseAt } from "../src/face/pose.ts";
import { affectRows } from "../src/player/affect.ts";
import { ticks, viewAt } from "../src/player/axis.ts";
import { greatest, strongestFirst, strongestNow, unread } from "../src/player/strengths.ts";

const SMILE = UNITS.indexOf(12);

/** Rows 1 to 10, all read but the fifth and sixth; a smile on the left grows by a tenth a row. */
function rows(): Float32Array {
  const out = new Float32Array(10 * COUNT);
  for (let row = 0; row < 10; row++) {
    const isRead = row !== 4 && row !== 5;
    if (!isRead) out.fill(NaN, row * COUNT, (row + 1) * COUNT);
    out[row * COUNT + VALID] = isRead ? 1 : 0;
    if (isRead) out[row * COUNT + intensity(SMILE, 0)] = (row + 1) / 10;
  }
  return out;
}

test("the layout of channels is that of core/channels.py", () => {
  assert.equal(intensity(SMILE, 1), 57);
  assert.equal(energy(0, 0), 4);
  assert.equal(YAW, 119);
  assert.equal(VALID, 127);
});

test("a pose lies evenly between two rows, and is not read where they are not", () => {
  const near = (timeS: number): number => Math.round(poseAt(rows(), timeS).left[SMILE] * 1000) / 1000;
  assert.equal(near(0.1), 0.1);
  assert.equal(near(0.25), 0.25);
  assert.equal(near(99), 1);
  assert.equal(poseAt(rows(), 0.55).read, false);
  assert.equal(poseAt(rows(), 0.68).read, true);
  assert.equal(near(0.68), 0.7);
  assert.equal(poseAt(new Float32Array(0), 1).read, false);
});

test("the greatest of each stretch, NaN where nothing was read", () => {
  const into = new Float32Array(5);
  greatest(rows(), intensity(SMILE, 0), 0, 1, 10, into);
  assert.deepEqual([...into].map((value) => Math.round(value * 10) / 10), [0.2, 0.4, NaN, 0.8, 1]);
});

test("gaps in seconds, units by strength, blinks last", () => {
  assert.deepEqual(unread(rows(), 10), [[0.4, 0.6]]);
  const order = strongestFirst(rows());
  assert.equal(order[0], SMILE);
  assert.equal(order.at(-1), UNITS.indexOf(45));
  const pose = neutral();
  pose.right[SMILE] = 0.5;
  pose.left[0] = 0.01;
  assert.deepEqual(strongestNow(pose, 3), [{ unit: 12, left: 0, right: 0.5 }]);
});

test("the page that is shown holds the playhead and stays within the session", () => {
  const whole = { fromS: 0, toS: 200 };
  const near = viewAt(whole, 60, 200, 100);
  assert.deepEqual(near, { fromS: 70, toS: 130 });
  assert.equal(viewAt(near, 60, 200, 130), near);
  assert.deepEqual(viewAt(near, 60, 200, 199), { fromS: 140, toS: 200 });
  assert.deepEqual(viewAt(near, Infinity, 200, 3), whole);
  assert.deepEqual(ticks({ fromS: 70, toS: 130 }, 600), [70, 80, 90, 100, 110, 120, 130]);
});

test("affect by name or by second is the same affect", () => {
  const names = ["hesitation", "desire"];
  const byName = [[0.1, 0.2, 0.3], [0.4, null, 0.6]];
  const bySecond = [[0.1, 0.4], [0.2, null], [0.3, 0.6]];
  assert.deepEqual(affectRows({ affect: { names, every_s: 1, values: byName } }), byName);
  assert.deepEqual(affectRows({ affect: { names, every_s: 1, values: bySecond } }), byName);
  assert.deepEqual(affectRows({ affect: { names, every_s: 1, values: [] } }), [[], []]);
});
