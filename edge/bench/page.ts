/** The measurement in a browser's worker: `serve.ts` starts it and takes its answer. */

import { loadNetworks } from "../src/models/onnx";
import type { Picture } from "../src/picture/picture";
import { measureNetworks, measureReading } from "./measure";

const bytes = async (path: string): Promise<Uint8Array> => new Uint8Array(await (await fetch(path)).arrayBuffer());
const now = (): number => performance.now();

const answer: Record<string, unknown> = {};
try {
  const began = now();
  const networks = await loadNetworks((name) => bytes(`/models/${name}`));
  answer.loadMs = now() - began;
  const all = await bytes("/clip");
  const size = 640 * 480 * 3;
  const pictures: Picture[] = Array.from({ length: all.length / size }, (_, i) => ({
    width: 640,
    height: 480,
    data: all.subarray(i * size, (i + 1) * size),
  }));
  answer.networks = await measureNetworks(networks, now);
  answer.stages = await measureReading(networks, pictures, now);
} catch (error) {
  answer.error = String(error);
}
await fetch("/answer", { method: "POST", body: JSON.stringify(answer) });
