/** The reader's own rules: the largest face, one row for each tenth of a second, pictures with or without alpha. */

import assert from "node:assert/strict";
import test from "node:test";

import { glimpse, wasCut } from "../src/face/signature";
import type { Picture } from "../src/picture/picture";
import { Reader } from "../src/reader";
import { FACE, HEAD, seenEverywhere, SHOWN } from "./seen";

const withAlpha = ({ width, height, data }: Picture): Picture => {
  const rgba = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let i = 0; i < width * height; i++) for (let k = 0; k < 3; k++) rgba[4 * i + k] = data[3 * i + k];
  return { width, height, data: rgba };
};

test("of two faces the larger is read", async () => {
  const lookedAt: number[] = [];
  const reader = new Reader({ head: HEAD }, {}, seenEverywhere(() => 1, lookedAt));
  const { face, view } = await reader.step({ timeS: 0, picture: SHOWN });
  assert.equal(face, "0");
  assert.ok(view);
  assert.ok(lookedAt[0] > 60, "the small one in the corner is not looked at");
});

/** A picture from a share of the face's height downwards black, as no camera would show it. */
const blackFrom = ({ width, height, data }: Picture, share: number): Picture => {
  const dark = Uint8ClampedArray.from(data);
  dark.fill(0, 3 * width * Math.round(FACE[1] + share * (FACE[3] - FACE[1])));
  return { width, height, data: dark };
};

async function namesOf(shown: readonly Picture[], rateHz: number): Promise<string[]> {
  const reader = new Reader({ head: HEAD }, {}, seenEverywhere(() => 1));
  const names: string[] = [];
  for (const [i, picture] of shown.entries()) {
    const { view } = await reader.step({ timeS: i / rateHz, picture });
    names.push(view?.track ?? "");
  }
  return names;
}

test("a face of which much changes at once keeps its name while eyes and bones stay", async () => {
  const changed = blackFrom(SHOWN, 0.75);
  assert.ok(wasCut(glimpse(SHOWN, FACE), glimpse(changed, FACE)), "by its glimpse alone it would be another");
  assert.deepEqual(await namesOf([SHOWN, SHOWN, changed, SHOWN], 15), ["0", "0", "0", "0"]);
});

test("a face whose eyes change too is looked at anew", async () => {
  const changed = blackFrom(SHOWN, 0.2);
  const names = await namesOf([SHOWN, SHOWN, ...Array.from({ length: 16 }, () => changed)], 15);
  assert.deepEqual(names.slice(0, 3), ["0", "0", ""]);
  assert.equal(names.at(-1), "1");
});

test("nothing is told before a face was read, and unread rows after it left", async () => {
  let presence = 0;
  const reader = new Reader({ head: HEAD }, {}, seenEverywhere(() => presence));
  const rows = [];
  for (let i = 0; i < 30; i++) {
    presence = i >= 10 && i < 20 ? 1 : 0;
    const step = await reader.step({ timeS: i / 20, picture: SHOWN });
    assert.equal(step.view !== null, presence === 1);
    rows.push(...step.rows);
  }
  rows.push(...reader.finish());
  assert.deepEqual(rows.map(({ timeS }) => timeS), [5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15].map((tenth) => tenth / 10));
  assert.deepEqual(rows.map(({ values }) => values[127]), [1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0]);
});

test("pictures with alpha are read as those without", async () => {
  const [one, other] = await Promise.all(
    [SHOWN, withAlpha(SHOWN)].map((picture) => new Reader({ head: HEAD }, {}, seenEverywhere(() => 1)).step({ timeS: 0, picture })),
  );
  assert.deepEqual(one.channels, other.channels);
  assert.deepEqual(one.view?.luma, other.view?.luma);
});

test("a picture of the wrong size and a time that goes back are refused", async () => {
  const reader = new Reader({ head: HEAD }, {}, seenEverywhere(() => 1));
  await assert.rejects(reader.step({ timeS: 0, picture: { width: 9, height: 9, data: new Uint8Array(7) } }), /7 bytes/);
  await reader.step({ timeS: 1, picture: SHOWN });
  await assert.rejects(reader.step({ timeS: 1, picture: SHOWN }), /later/);
});
