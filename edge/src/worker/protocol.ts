/** What page and worker say to each other. The worker owns the reader; a picture goes in, numbers come out. */

import type { NumberedRow } from "../link/wire";

/** A picture of the camera: handed over, not copied, where the browser can. */
export type Shot = VideoFrame | ImageBitmap | ImageData;

export type ToWorker =
  /** Load the networks: the folder of their files, and onnxruntime's WebAssembly. */
  | { type: "load"; models: string; wasm: string }
  /** Read one picture. The next one is sent when this one was answered. */
  | { type: "shot"; timeS: number; shot: Shot; look: boolean }
  /** Nothing comes for a while: the row that is under way is whole. */
  | { type: "rest" };

export type FromWorker =
  /** `draws`: it can take a picture that is no `ImageData`. */
  | { type: "loaded"; draws: boolean }
  | { type: "failed"; why: string }
  | { type: "read"; timeS: number; ms: number; face: boolean; rows: NumberedRow[]; look: Look | null }
  | { type: "rested"; rows: NumberedRow[] };

/** What a page that draws the reading for the viewer's own eyes is shown; it goes nowhere. */
export interface Look {
  /** Width and height of the picture that was read. */
  sizePx: readonly [number, number];
  /** (68, 2): points in the picture. */
  points: Float32Array;
  /** (468, 3): the mesh in the picture. */
  mesh: Float32Array;
  /** This frame's 128 channels. */
  channels: Float32Array;
}
