/** What a page or a worker may rely on. */

export { CHANNELS, COUNT, indexOf, LAYOUT, NAMES, RATE_HZ, VALID, type Channel } from "./core/channels";
export type { Row } from "./core/pooling";
export type { OnStage } from "./core/stages";
export type { Frame } from "./face/reader";
export type { FaceView, Pose, Quality } from "./face/view";
export { NETWORK_NAMES, type Network, type Networks } from "./models/network";
export { loadNetwork, loadNetworks, type ReadFile, type RuntimeFiles } from "./models/onnx";
export type { Picture } from "./picture/picture";
export { Reader, type ReaderOptions, type Step } from "./reader";
