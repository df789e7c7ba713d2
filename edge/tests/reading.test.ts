/** The whole way against Python's: landmarks given, then with detector, mesh and iris of its own. */

import assert from "node:assert/strict";
import test from "node:test";

import { COUNT } from "../src/core/channels";
import type { Row } from "../src/core/pooling";
import { RefineNet } from "../src/face/refine_net";
import { boxOf } from "../src/face/track";
import { NETWORK_NAMES, type Networks } from "../src/models/network";
import type { Picture } from "../src/picture/picture";
import { Reader } from "../src/reader";
import { pictures, readCases, type Values } from "./cases";
import { assertClose, difference } from "./compare";
import { MISSING, network } from "./models";

const RATE_HZ = 30;
/** Of the channels, the landmarks being Python's: of the value, and of 1 where it is smaller. */
const GIVEN_LANDMARKS = 1e-3;
/** Of the channels from pictures alone, and the share of values that must lie within. */
const OWN_LANDMARKS = 0.02;
const OWN_SHARE = 0.95;

interface Read {
  channels: number[];
  faces: string[];
  rows: Row[];
}

async function readAll(
  reader: Reader,
  shown: readonly Picture[],
  tell: (frame: number) => void,
  rateHz = RATE_HZ,
): Promise<Read> {
  const read: Read = { channels: [], faces: [], rows: [] };
  for (const [frame, picture] of shown.entries()) {
    tell(frame);
    const step = await reader.step({ timeS: frame / rateHz, picture });
    read.channels.push(...(step.view ? step.channels : new Float32Array(COUNT).fill(NaN)));
    read.faces.push(step.view ? step.view.track : "");
    read.rows.push(...step.rows);
  }
  read.rows.push(...reader.finish());
  return read;
}

function assertRows(rows: readonly Row[], outputs: Values, within: number, share: number, name: string): void {
  assertClose(rows.map(({ timeS }) => timeS), outputs.get<Float64Array>("times_s"), 1e-9, "times");
  const found = difference(rows.flatMap(({ values }) => [...values]), outputs.get<Float32Array>("rows"), within);
  assert.ok(found.within >= share, `${name}: ${found.within} of the rows' values lie within ${within}`);
}

for (const { name, inputs, outputs } of readCases("reading").cases) {
  test(`landmarks given: ${name}`, async (t) => {
    let frame = 0;
    const shown = pictures(inputs.get<string>("clip"));
    const part = (values: Float32Array, of: number, at: number): Float32Array =>
      values.slice((at * values.length) / of, ((at + 1) * values.length) / of);
    const [meshes, irises] = [inputs.floats("meshes"), inputs.floats("irises")];
    const mesh = (): Float32Array => part(meshes, shown.length, frame);
    const parts = {
      detector: { detect: async () => [{ box: boxOf(mesh()), score: 1, points: new Float32Array(12) }] },
      faceMesh: { read: async () => ({ points: mesh(), presence: 1 }) },
      iris: { readOne: async (_: Picture, __: Float32Array, eye: number) => part(irises, 2 * shown.length, 2 * frame + eye) },
      refiner: new RefineNet(await network("refine")),
    };
    const reader = new Reader({ head: await network("head") }, {}, parts);
    const read = await readAll(reader, shown, (at) => (frame = at));
    const wanted = outputs.get<Float32Array>("channels");
    const { largest, within } = difference(read.channels, wanted, GIVEN_LANDMARKS);
    t.diagnostic(`largest difference ${largest.toExponential(1)}, within ${GIVEN_LANDMARKS}: ${(100 * within).toFixed(2)} %`);
    assert.deepEqual(read.faces, outputs.get<string[]>("faces"));
    assertClose(read.channels, wanted, GIVEN_LANDMARKS, "channels");
    assertRows(read.rows, outputs, GIVEN_LANDMARKS, 1, name);
  });
}

for (const { name, inputs, outputs } of readCases("networks").cases) {
  test(`network: ${name}`, { skip: MISSING }, async () => {
    const [gain, offset] = [inputs.get<number>("gain"), inputs.get<number>("offset")];
    const picture = Float32Array.from(inputs.get<Uint8Array>("picture"), (level) => level * gain + offset);
    const found = await (await network(name)).run({ picture });
    for (const [port, values] of Object.entries(found)) assertClose(values, outputs.get<Float32Array>(port), 1e-3, port);
  });
}

for (const { name, inputs, outputs } of readCases("perceive").cases) {
  test(`pictures alone: ${name}`, { skip: MISSING }, async (t) => {
    const networks: Partial<Networks> = {};
    for (const part of NETWORK_NAMES) networks[part] = await network(part);
    const black = { width: 640, height: 480, data: new Uint8Array(640 * 480 * 3) };
    const shown = inputs
      .get<([string, number] | null)[]>("shown")
      .map((what) => (what === null ? black : pictures(what[0])[what[1]]));
    const reader = new Reader(networks as Networks);
    const read = await readAll(reader, shown, () => undefined, inputs.get<number>("rate_hz"));
    const { largest, within } = difference(read.channels, outputs.get<Float32Array>("channels"), OWN_LANDMARKS);
    t.diagnostic(`largest difference ${largest.toExponential(1)}, within ${OWN_LANDMARKS}: ${(100 * within).toFixed(2)} %`);
    assert.deepEqual(read.faces, outputs.get<string[]>("faces"));
    assert.ok(within >= OWN_SHARE, `${100 * within} % of the values lie within ${OWN_LANDMARKS}`);
    if (outputs.has("rows")) assertRows(read.rows, outputs, OWN_LANDMARKS, OWN_SHARE, name);
    const tenths = read.rows.map(({ timeS }) => Math.round(10 * timeS));
    assert.deepEqual(tenths, tenths.map((_, i) => tenths[0] + i), "one row for each tenth of a second");
  });
}
