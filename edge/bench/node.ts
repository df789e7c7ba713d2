/** `npm run bench`: milliseconds by network and by stage in Node, one thread, and Python's of the same minute. */

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { NETWORK_NAMES, type Networks } from "../src/models/network";
import { pictures } from "../tests/cases";
import { network } from "../tests/models";
import { measureNetworks, measureReading, type Times } from "./measure";

const now = (): number => performance.now();
const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const networks: Partial<Networks> = {};
for (const name of NETWORK_NAMES) networks[name] = await network(name);
const python = pythonTimes();
print("network", await measureNetworks(networks as Networks, now), python.networks);
print("stage", await measureReading(networks as Networks, pictures("smile"), now), python.stages);

function pythonTimes(): { networks: Times; stages: Times } {
  const own = at("../../../.venv/bin/python");
  const found = process.env.PYTHON ?? (existsSync(own) ? own : "python3");
  const options = { cwd: at("../../.."), encoding: "utf8" as const, env: { ...process.env, OMP_NUM_THREADS: "1", PYTHONPATH: "." } };
  const { status, stdout } = spawnSync(found, ["edge/bench/python.py"], options);
  return status === 0 ? JSON.parse(stdout) : { networks: {}, stages: {} };
}

function print(what: string, times: Times, beside: Times): void {
  console.log(`${what.padEnd(12)}   least  median  python  python's median, ms a frame`);
  for (const [name, { least, median }] of Object.entries(times)) {
    const other = beside[name];
    const told = other ? `${other.least.toFixed(2).padStart(8)}${other.median.toFixed(2).padStart(8)}` : "";
    console.log(`${name.padEnd(12)}${least.toFixed(2).padStart(8)}${median.toFixed(2).padStart(8)}${told}`);
  }
}
