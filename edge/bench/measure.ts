/** What a frame costs, by network and by stage; the same in Node and in a browser. */

import type { Picture } from "../src/picture/picture";
import { NETWORK_NAMES, type Networks } from "../src/models/network";
import { Reader } from "../src/reader";

/** Milliseconds by name: the least of some runs, and their median, which counts other work of the machine too. */
export type Times = Record<string, { least: number; median: number }>;

const RATE_HZ = 30;

/** What each network takes. */
const INPUTS: Record<keyof Networks, Record<string, number>> = {
  face: { picture: 128 * 128 * 3 },
  mesh: { picture: 192 * 192 * 3 },
  iris: { picture: 64 * 64 * 3 },
  refine: { window: 112 * 112, points: 68 * 2 },
  head: { vector: 2 * 3949 },
};

/** Each network by itself. */
export async function measureNetworks(networks: Networks, now: () => number, runs = 60): Promise<Times> {
  const times: Times = {};
  for (const name of NETWORK_NAMES) {
    const inputs = Object.fromEntries(
      Object.entries(INPUTS[name]).map(([port, count]) => [port, Float32Array.from({ length: count }, pseudoRandom)]),
    );
    const took: number[] = [];
    for (let run = -10; run < runs; run++) {
      const began = now();
      await networks[name].run(inputs);
      if (run >= 0) took.push(now() - began);
    }
    times[name] = summary(took);
  }
  return times;
}

/** A clip read `rounds` times over by one reader; times a frame by stage, and of all. */
export async function measureReading(
  networks: Networks,
  pictures: readonly Picture[],
  now: () => number,
  rounds = 4,
): Promise<Times> {
  const stages: Record<string, number[]> = {};
  let frame: Record<string, number> = {};
  const onStage = (stage: string, ms: number): void => void (frame[stage] = (frame[stage] ?? 0) + ms);
  const reader = new Reader(networks, { now, onStage });
  // There and back, so that no frame looks like a cut.
  const shown = [...pictures, ...[...pictures].reverse()];
  for (let i = 0; i < rounds * shown.length; i++) {
    frame = {};
    const began = now();
    await reader.step({ timeS: i / RATE_HZ, picture: shown[i % shown.length] });
    frame.all = now() - began;
    // While the first clip is read the machine still compiles.
    if (i >= pictures.length) for (const [stage, ms] of Object.entries(frame)) (stages[stage] ??= []).push(ms);
  }
  return Object.fromEntries(Object.entries(stages).map(([stage, took]) => [stage, summary(took)]));
}

function summary(took: number[]): { least: number; median: number } {
  took.sort((a, b) => a - b);
  return { least: took[0], median: took[took.length >> 1] };
}

const pseudoRandom = (_: unknown, i: number): number => Math.abs(Math.sin(12.9898 * i)) % 1;
