/** A network that is ready to run: arrays by name in, arrays by name out; their shapes are the network's. */
export interface Network {
  run(inputs: Readonly<Record<string, Float32Array>>): Promise<Record<string, Float32Array>>;
}

/** The five networks of a reader, by the names of their files. */
export interface Networks {
  face: Network;
  mesh: Network;
  iris: Network;
  refine: Network;
  head: Network;
}

export const NETWORK_NAMES = ["face", "mesh", "iris", "refine", "head"] as const;
