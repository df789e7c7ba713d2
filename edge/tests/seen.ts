/** A reader whose parts see the same face everywhere: for tests of what is around them. */

import type { FaceParts } from "../src/face/reader";
import { boxOf } from "../src/face/track";
import type { Network } from "../src/models/network";
import { pictures, readCases } from "./cases";

export const SHOWN = pictures("brow")[0];
const MESH = readCases("reading").cases.find(({ name }) => name === "brow")!.inputs.floats("meshes").slice(0, 468 * 3);

/** The box of the face there: left, top, right, bottom. */
export const FACE = boxOf(MESH);

export const HEAD: Network = {
  run: async () => ({
    intensity: new Float32Array(34).fill(0.5),
    velocity: new Float32Array(34),
    spread: new Float32Array(34).fill(0.1),
    moving: new Float32Array(34),
  }),
};

/** Parts that see the same face everywhere, as far as `presence` says. */
export function seenEverywhere(presence: () => number, lookedAt: number[] = []): FaceParts {
  const small = Float32Array.of(10, 10, 60, 60);
  const points = new Float32Array(12);
  return {
    detector: { detect: async () => [small, FACE].map((one) => ({ box: one, score: 1, points })) },
    faceMesh: {
      async read(_, square) {
        lookedAt.push(square.xPx);
        return { points: MESH.slice(), presence: presence() };
      },
    },
    iris: { readOne: async () => new Float32Array(10) },
    refiner: {
      refine: async (_, mesh68) => ({
        points68: mesh68,
        seen: new Float32Array(17).fill(1),
        still: new Float32Array(34),
        code: new Float32Array(128),
      }),
    },
  };
}
