/** Where the tests find the networks: ours in the package, MediaPipe's where `npm run models` wrote them. */

import { existsSync, readFileSync } from "node:fs";

import { loadNetwork } from "../src/models/onnx";
import type { Network } from "../src/models/network";

const SHIPPED = new URL("../../../src/telltale/weights/shipped/", import.meta.url);
const MADE = new URL("../../models/", import.meta.url);

/** Why the tests that need MediaPipe's networks are left out; false where they are there. */
export const MISSING = existsSync(new URL("mesh.onnx", MADE)) ? false : "models/ is empty: run 'npm run models'";

const loaded = new Map<string, Promise<Network>>();

/** One of the networks by name. */
export function network(name: string): Promise<Network> {
  let found = loaded.get(name);
  if (found === undefined) {
    const folder = name === "refine" || name === "head" ? SHIPPED : MADE;
    loaded.set(name, (found = loadNetwork(readFileSync(new URL(`${name}.onnx`, folder)))));
  }
  return found;
}
