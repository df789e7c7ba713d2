import assert from "node:assert/strict";
import { test } from "node:test";
import { UNITS } from "../src/api/channels.ts";
import file from "../src/face/basis.json";
import { readBasis } from "../src/face/basis.ts";
import { neutral, type Pose } from "../src/face/pose.ts";
import { newShape, setShape, turning } from "../src/face/shape.ts";

const basis = readBasis(file);
const UP = 1;

/** Where a point of a line stands (x, y, z) under units at full strength on the left and right. */
function point(line: string, k: number, pose: Partial<Pose>, side = 0): number[] {
  const shape = newShape(basis);
  setShape(shape, basis, { ...neutral(), ...pose });
  const [first, count] = basis.lines.get(line) as [number, number];
  const at = 3 * (first + (k < 0 ? count + k : k) + side * basis.count);
  return [...shape.solid.slice(at, at + 3)];
}

function units(...numbers: number[]): Float32Array {
  return Float32Array.from(UNITS, (unit) => (numbers.includes(unit) ? 1 : 0));
}

/** How far a point rises, centimetres, when units act on both sides. */
function rise(line: string, k: number, ...numbers: number[]): number {
  const both = { left: units(...numbers), right: units(...numbers) };
  return point(line, k, both)[UP] - point(line, k, {})[UP];
}

test("the file names its source and licence, holds the 17 units in order, and no more than 60 kB", () => {
  assert.match(file.from, /ICT-FaceKit/);
  assert.match(file.licence, /MIT/);
  assert.deepEqual(file.units, [...UNITS]);
  assert.ok(JSON.stringify(file).length < 60_000);
});

test("each unit moves what FACS says", () => {
  assert.ok(rise("brow_low", 0, 1) > 0.2, "1 raises the inner brow");
  assert.ok(rise("brow_low", -5, 2) > 0.3, "2 raises the outer brow");
  assert.ok(rise("brow_low", 2, 4) < -0.2, "4 lowers the brow");
  assert.ok(rise("lid_upper", 10, 5) > 0.1, "5 raises the upper lid");
  assert.ok(rise("pouch", 6, 6) > 0.1, "6 raises the cheek");
  assert.ok(rise("lid_lower", 10, 7) > 0.05, "7 raises the lower lid");
  assert.ok(rise("ala", 6, 9) > 0.1, "9 raises the wing of the nose");
  assert.ok(rise("lip_upper", 4, 10) > 0.1, "10 raises the upper lip");
  assert.ok(rise("lip_upper", -1, 12) > 0.2, "12 raises the corner");
  assert.ok(rise("lip_upper", -1, 15) < -0.1, "15 lowers the corner");
  assert.ok(rise("lip_lower", 0, 17) > 0.1, "17 pushes the lower lip up");
  assert.ok(rise("mouth_lower", 0, 25) < -0.1, "25 parts the lips");
  assert.ok(rise("chin", 0, 26) < -0.3, "26 drops the jaw");
  assert.ok(rise("lid_upper", 10, 45) < -0.5, "45 shuts the eye");
  const corner = (number: number): number => point("lip_upper", -1, { left: units(number), right: units(number) })[0] - point("lip_upper", -1, {})[0];
  assert.ok(corner(20) > 0.2, "20 stretches the lips");
  assert.ok(rise("lip_upper", 0, 23) < rise("lip_lower", 0, 23) - 0.1, "23 makes the lips thin");
  assert.ok(Math.hypot(corner(14), rise("lip_upper", -1, 14)) > 0.05, "14 moves the corner");
});

test("a unit of one side leaves the other side's corner alone", () => {
  const left = { left: units(12) };
  assert.ok(point("lip_upper", -1, left, 0)[UP] - point("lip_upper", -1, {}, 0)[UP] > 0.2);
  assert.ok(Math.abs(point("lip_upper", -1, left, 1)[UP] - point("lip_upper", -1, {}, 1)[UP]) < 0.05);
});

test("both halves are mirror images", () => {
  const both = { left: units(6, 12), right: units(6, 12) };
  const [left, right] = [point("crease", 3, both, 0), point("crease", 3, both, 1)];
  assert.deepEqual(right.map((value) => Math.round(value * 1e4)), [-left[0], left[1], left[2]].map((value) => Math.round(value * 1e4)));
});

test("the head turns to the subject's left, up, and leans to the left shoulder", () => {
  const nose = (pose: Partial<Pose>): number[] => turning({ ...neutral(), ...pose })(0, 0, 13);
  const crown = (pose: Partial<Pose>): number[] => turning({ ...neutral(), ...pose })(0, 14, 0);
  assert.ok(nose({ yaw: 0.3 })[0] > 3);
  assert.ok(nose({ pitch: 0.3 })[UP] > 3);
  assert.ok(crown({ roll: 0.3 })[0] > 3);
});
