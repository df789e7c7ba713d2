/** Reads raw RGB frames of 640 x 480 from a file and writes 128 float32 a frame: what `whole.py` holds against Python. */

import { readFileSync, writeFileSync } from "node:fs";

import { NETWORK_NAMES, type Networks } from "../src/models/network";
import { Reader } from "../src/reader";
import { network } from "../tests/models";

const [from, to, rateHz] = process.argv.slice(2);
const raw = readFileSync(from);
const size = 640 * 480 * 3;
const networks: Partial<Networks> = {};
for (const name of NETWORK_NAMES) networks[name] = await network(name);
const reader = new Reader(networks as Networks);
const read: number[] = [];
for (let i = 0; i < raw.length / size; i++) {
  const data = raw.subarray(i * size, (i + 1) * size);
  const { channels } = await reader.step({ timeS: i / Number(rateHz), picture: { width: 640, height: 480, data } });
  read.push(...channels);
}
writeFileSync(to, Float32Array.from(read));
