/** The stages that know numbers alone, against Python's. */

import test from "node:test";

import { COUNT } from "../src/core/channels";
import { FramePooler, type Row } from "../src/core/pooling";
import { BriefEnergy } from "../src/units/filters";
import { Hold } from "../src/units/hold";
import { NeutralLearner, type Look } from "../src/units/neutral";
import { readCases } from "./cases";
import { assertClose } from "./compare";

const rowsOf = (values: Float32Array, count: number): Float32Array[] =>
  Array.from({ length: count }, (_, i) => values.slice((i * values.length) / count, ((i + 1) * values.length) / count));

const joined = (rows: readonly Float32Array[]): number[] => rows.flatMap((row) => [...row]);

for (const { name, inputs, outputs } of readCases("pooling").cases) {
  test(`pooling: ${name}`, () => {
    const times = inputs.numbers("times_s");
    const pooler = new FramePooler();
    const rows: Row[] = rowsOf(inputs.floats("frames"), times.length).flatMap((frame, i) => pooler.add(times[i], frame));
    rows.push(...pooler.finish());
    assertClose(rows.map(({ timeS }) => timeS), outputs.numbers("times_s"), 1e-9, "times");
    assertClose(joined(rows.map(({ values }) => values)), outputs.get<Float32Array>("rows"), 1e-6, "rows");
    if (rows.some(({ values }) => values.length !== COUNT)) throw new Error("rows have 128 channels");
  });
}

for (const { name, inputs, outputs } of readCases("energy").cases) {
  test(`energy: ${name}`, () => {
    const times = inputs.numbers("times_s");
    const brief = new BriefEnergy();
    const energies = rowsOf(inputs.floats("intensity"), times.length).map((x, i) => brief.step(times[i], x));
    assertClose(joined(energies), outputs.get<Float32Array>("energy"), 1e-6, "energy");
  });
}

for (const { name, inputs, outputs } of readCases("hold").cases) {
  test(`hold: ${name}`, () => {
    const times = inputs.numbers("times_s");
    const hold = new Hold();
    const moving = rowsOf(inputs.floats("moving"), times.length);
    const alone = inputs.get<Uint8Array>("alone");
    const held = rowsOf(inputs.floats("intensity"), times.length).map((x, i) =>
      hold.step(times[i], x, moving[i], alone[i] === 1),
    );
    assertClose(joined(held), outputs.get<Float32Array>("held"), 1e-6, "held");
  });
}

for (const { name, inputs, outputs } of readCases("neutral").cases) {
  test(`neutral: ${name}`, () => {
    const times = inputs.numbers("times_s");
    const learner = new NeutralLearner();
    const none = new Float32Array(0);
    const still = rowsOf(inputs.floats("still"), times.length);
    const turned = rowsOf(inputs.floats("turned"), times.length);
    const speed = inputs.numbers("speed");
    const hidden = inputs.numbers("hidden");
    const learnt = times.flatMap((timeS, i) => {
      const look: Look = {
        timeS,
        luma: none,
        mesh: none,
        meshCrop: none,
        points68: none,
        points68Crop: none,
        turned: turned[i],
        still: still[i],
        code: none,
      };
      const neutral = learner.step(look, Number.isNaN(speed[i]) ? null : speed[i], hidden[i]);
      return [neutral.activity, neutral.frames, neutral.look.timeS];
    });
    assertClose(learnt, outputs.get<Float32Array>("learnt"), 1e-6, "activity, frames, time");
  });
}
