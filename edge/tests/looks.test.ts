/** The second look at a face that changed much: by its eyes and bones, and by how long ago it was seen. */

import assert from "node:assert/strict";
import test from "node:test";

import { eyesAlike, goesOn, type Looks } from "../src/face/looks";
import { MEAN } from "../src/face/tables";
import { CROP_PX } from "../src/face/view";

/** A texture that is nowhere like itself moved, nor like another's. */
function texture(seed: number): Float32Array {
  let state = seed;
  const next = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  return Float32Array.from({ length: CROP_PX * CROP_PX }, () => 255 * next());
}

const ONE = texture(1);
const OTHER = texture(2);

/** A frontal face of this luma, whose points lie where the mean face's do. */
const face = (luma: Float32Array, timeS = 0, mesh = MEAN.map((at, i) => (i % 3 ? -at : at))): Looks => ({
  timeS,
  mesh,
  pose: {
    yaw: 0,
    pitch: 0,
    roll: 0,
    rotation: Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1),
    scalePx: 1,
    shiftPx: [0, 0],
  },
  luma,
});

/** The same moved to the right. */
const moved = (luma: Float32Array, by: number): Float32Array => luma.map((_, i) => luma[Math.max(i - by, 0)]);

/** One texture shining through another: `share` of it, so that it correlates by share / sqrt(share^2 + rest^2). */
const mixed = (share: number): Float32Array => ONE.map((at, i) => share * at + (1 - share) * OTHER[i]);

test("the same eyes go on wherever they are within reach, others do not", () => {
  assert.ok(goesOn(face(ONE), face(ONE)));
  assert.ok(goesOn(face(ONE), face(moved(ONE, 16))));
  assert.ok(!goesOn(face(ONE), face(moved(ONE, 17))));
  assert.ok(!goesOn(face(ONE), face(OTHER)));
  assert.ok(!goesOn(null, face(ONE)));
});

test("eyes of one grey are like nothing", () => {
  assert.equal(eyesAlike(face(new Float32Array(ONE.length).fill(90)), face(ONE)), 0);
  assert.equal(eyesAlike(face(ONE), face(new Float32Array(ONE.length))), 0);
});

test("brighter light does not count", () => {
  assert.ok(Math.abs(eyesAlike(face(ONE), face(ONE.map((at) => 20 + 0.5 * at))) - 1) < 1e-6);
});

test("other bones are another's, however like the eyes are", () => {
  const shifted = (by: number): Looks => {
    const looks = face(ONE);
    // Half of the points: the root mean square is 1 / sqrt(2) of it.
    return { ...looks, mesh: looks.mesh.map((at, i) => (i % 6 === 0 ? at + by : at)) };
  };
  assert.ok(goesOn(face(ONE), shifted(0.0345 * Math.SQRT2)));
  assert.ok(!goesOn(face(ONE), shifted(0.0355 * Math.SQRT2)));
});

test("the longer ago a face was seen, the less like its eyes must be, down to a half", () => {
  const goes = (share: number, timeS: number): boolean => goesOn(face(ONE), face(mixed(share), timeS));
  const alike = eyesAlike(face(ONE), face(mixed(0.44)));
  assert.ok(0.6 < alike && alike < 0.64, `${alike}`);
  // .75 at a fifteenth of a second and before, 2.5 a second less after it.
  const enoughS = 1 / 15 + (0.75 - alike) / 2.5;
  assert.deepEqual([1 / 60, 1 / 15, enoughS - 0.001, enoughS + 0.001, 9].map((s) => goes(0.44, s)), [
    false, false, false, true, true,
  ]);
  assert.ok(!goes(0.3, 9), "less than a half is never enough");
});
