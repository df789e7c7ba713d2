/** The cases of `spec/`, as Python wrote them. */

import { readFileSync } from "node:fs";
import { inflateSync } from "node:zlib";

import type { Picture } from "../src/picture/picture";

const SPEC = new URL("../../../spec/cases/", import.meta.url);

export type Value = Float32Array | Float64Array | Uint8Array | number | string | boolean | null | unknown[];

/** Inputs or outputs by name. */
export class Values {
  constructor(private readonly values: Record<string, Value>) {}

  has(name: string): boolean {
    return name in this.values;
  }

  get<T extends Value = Float32Array>(name: string): T {
    if (!(name in this.values)) throw new Error(`the case has no ${name}`);
    return this.values[name] as T;
  }

  floats(name: string): Float32Array {
    return Float32Array.from(this.get<Float32Array>(name));
  }

  numbers(name: string): number[] {
    return [...this.get<Float64Array>(name)];
  }
}

export interface Case {
  name: string;
  inputs: Values;
  outputs: Values;
}

interface Packed {
  dtype: "float32" | "float64" | "uint8" | "int64";
  shape: number[];
  at: number;
}

const TYPES = { float32: Float32Array, float64: Float64Array, uint8: Uint8Array, int64: BigInt64Array };

/** The cases of a stage, and how far apart two machines may be. */
export function readCases(stage: string): { within: number; cases: Case[] } {
  const told = JSON.parse(readFileSync(new URL(`${stage}.json`, SPEC), "utf8"));
  const content = inflateSync(readFileSync(new URL(`${stage}.bin`, SPEC)));
  const unpack = (values: Record<string, unknown>): Values =>
    new Values(Object.fromEntries(Object.entries(values).map(([name, value]) => [name, unpacked(value, content)])));
  const cases = told.cases.map((one: { name: string; inputs: never; outputs: never }) => ({
    name: one.name,
    inputs: unpack(one.inputs),
    outputs: unpack(one.outputs),
  }));
  return { within: told.within, cases };
}

function unpacked(value: unknown, content: Buffer): Value {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return value as Value;
  const { dtype, shape, at } = value as Packed;
  const count = shape.reduce((product, length) => product * length, 1);
  const type = TYPES[dtype];
  const bytes = Uint8Array.from(content.subarray(at, at + count * type.BYTES_PER_ELEMENT));
  return new type(bytes.buffer) as Float32Array;
}

const clips = new Map<string, Picture[]>();

/** The pictures of a clip. */
export function pictures(name: string): Picture[] {
  let found = clips.get(name);
  if (found === undefined) clips.set(name, (found = readClip(name)));
  return found;
}

function readClip(name: string): Picture[] {
  const { file, width, height, frames } = JSON.parse(readFileSync(new URL("clips.json", SPEC), "utf8")).clips[name];
  const changes = inflateSync(readFileSync(new URL(file, SPEC)));
  const size = (width * height * 3) / 2;
  const planes = new Uint8Array(size);
  return Array.from({ length: frames }, (_, frame) => {
    for (let i = 0; i < size; i++) planes[i] += changes[frame * size + i];
    return toRgb(planes, width, height);
  });
}

/** Planes of 4:2:0 video as colours, by whole numbers alone; see `tests/spec/clips.py`. */
function toRgb(planes: Uint8Array, width: number, height: number): Picture {
  const data = new Uint8ClampedArray(width * height * 3);
  const u = width * height, v = u + u / 4;
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++, to += 3) {
      const small = (y >> 1) * (width >> 1) + (x >> 1);
      const luma = 298 * (planes[y * width + x] - 16) + 128;
      const blue = planes[u + small] - 128, red = planes[v + small] - 128;
      data[to] = (luma + 409 * red) >> 8;
      data[to + 1] = (luma - 100 * blue - 208 * red) >> 8;
      data[to + 2] = (luma + 516 * blue) >> 8;
    }
  }
  return { width, height, data };
}
