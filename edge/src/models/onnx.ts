/** Networks in ONNX files, run by onnxruntime's WebAssembly on the calling thread alone. */

import * as ort from "onnxruntime-web/wasm";

import { NETWORK_NAMES, type Network, type Networks } from "./network";

/** The files that `telltale device` wrote, wherever they lie. */
export type ReadFile = (name: string) => Promise<Uint8Array>;

/** Where onnxruntime's own file is. */
export interface RuntimeFiles {
  /** Address of `ort-wasm-simd-threaded.wasm`; by default it lies beside the script. */
  wasm?: string;
}

/** Load every network: `read` is asked for `face.onnx`, `mesh.onnx`, ... */
export async function loadNetworks(read: ReadFile, files: RuntimeFiles = {}): Promise<Networks> {
  if (files.wasm !== undefined) ort.env.wasm.wasmPaths = { wasm: files.wasm };
  const loaded: Partial<Networks> = {};
  // All are on their way at once; the first that is there starts the runtime, and that takes its time too.
  const contents = NETWORK_NAMES.map((name) => read(`${name}.onnx`));
  for (const content of contents) content.catch(() => undefined); // Told below, where it is waited for.
  for (const [i, name] of NETWORK_NAMES.entries()) loaded[name] = await loadNetwork(await contents[i]);
  return loaded as Networks;
}

/** One network from its file's content. */
export async function loadNetwork(content: Uint8Array): Promise<Network> {
  // One thread: no shared memory, so no special headers of the page; onnxruntime must be told before it starts.
  ort.env.wasm.numThreads = 1;
  const session = await ort.InferenceSession.create(content, {
    executionProviders: ["wasm"],
    graphOptimizationLevel: "all",
  });
  const shapes = new Map(session.inputMetadata.map((port) => [port.name, shapeOf(port)]));
  const network: Network = {
    async run(inputs) {
      const feeds: Record<string, ort.Tensor> = {};
      for (const [name, values] of Object.entries(inputs)) {
        const shape = shapes.get(name);
        if (shape === undefined) throw new Error(`the network takes no input called ${name}`);
        feeds[name] = new ort.Tensor("float32", values, shape);
      }
      const outputs = await session.run(feeds);
      return Object.fromEntries(
        Object.entries(outputs).map(([name, tensor]) => [name, tensor.data as Float32Array]),
      );
    },
  };
  // The first run of all takes many times as long as the others: not while a camera waits.
  const nothing = [...shapes].map(([name, shape]) => [name, new Float32Array(shape.reduce((all, one) => all * one, 1))]);
  await network.run(Object.fromEntries(nothing) as Record<string, Float32Array>);
  return network;
}

function shapeOf(port: ort.InferenceSession.ValueMetadata): number[] {
  if (!port.isTensor) throw new Error(`the network's input ${port.name} is no tensor`);
  return port.shape.map(Number);
}
