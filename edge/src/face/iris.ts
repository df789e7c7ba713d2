/**
 * The iris: five points of each eye, read ten times a second of video and carried along by the eye's corners.
 *
 * Eyes look the same way: each time one eye is read, in turns, and the other iris moves as far as this one did.
 * Model: MediaPipe's iris_landmark (Apache-2.0).
 */

import type { Network } from "../models/network";
import type { Picture } from "../picture/picture";
import { warpColours } from "../picture/warp";
import { fromInput, toInput } from "./square";
import { LEFT_EYE, RIGHT_EYE } from "./tables";

const INPUT_PX = 64;
const EVERY_S = 0.1;
/** Side of the square in widths of the eye: what the model was trained on. */
const MARGIN = 2.3;
const POINTS = 5;
/** The corners of each eye, outer then inner. */
const EYES = [RIGHT_EYE, LEFT_EYE] as const;
const SLACK_S = 1e-3;

type Point = readonly [number, number];

const cornersOf = (mesh: Float32Array, eye: number): [Point, Point] => {
  const [outer, inner] = EYES[eye];
  return [
    [mesh[3 * outer], mesh[3 * outer + 1]],
    [mesh[3 * inner], mesh[3 * inner + 1]],
  ];
};

/** What gives the iris of one eye: 0 the subject's right one, 1 the left; (5, 2), pixels of the picture. */
export interface ReadsIris {
  readOne(picture: Picture, mesh: Float32Array, eye: number): Promise<Float32Array>;
}

/** The model with its cutting and its map back. */
export class IrisModel implements ReadsIris {
  private readonly input = new Float32Array(INPUT_PX * INPUT_PX * 3);

  constructor(private readonly model: Network) {}

  async readOne(picture: Picture, mesh: Float32Array, eye: number): Promise<Float32Array> {
    const [right, left] = [3 * RIGHT_EYE[0], 3 * LEFT_EYE[0]];
    const turnRad = Math.atan2(mesh[left + 1] - mesh[right + 1], mesh[left] - mesh[right]);
    const [outer, inner] = cornersOf(mesh, eye);
    const square = {
      xPx: (outer[0] + inner[0]) / 2,
      yPx: (outer[1] + inner[1]) / 2,
      sidePx: Math.max(MARGIN * Math.hypot(outer[0] - inner[0], outer[1] - inner[1]), 1),
      turnRad,
    };
    warpColours(picture, toInput(square, INPUT_PX), INPUT_PX, 1 / 255, this.input);
    // The model knows the subject's right eye, so the left one is shown to it mirrored.
    if (eye === 1) mirror(this.input);
    const { iris } = await this.model.run({ picture: this.input });
    const flat = new Float32Array(2 * POINTS);
    for (let i = 0; i < POINTS; i++) {
      flat[2 * i] = eye === 1 ? INPUT_PX - iris[3 * i] : iris[3 * i];
      flat[2 * i + 1] = iris[3 * i + 1];
    }
    return fromInput(square, flat, 2, INPUT_PX);
  }
}

/** The irises of one face in each frame, at the model's cost in a few of them. */
export class IrisFollower {
  private readS = -Infinity;
  /** (5, 2) each, right and left: where the irises lie in their eyes. */
  private inEyes: Float64Array[] = [];
  private next = 0;

  constructor(private readonly model: ReadsIris) {}

  /** (2, 5, 2), right and left, pixels of the picture. */
  async step(timeS: number, picture: Picture, mesh: Float32Array): Promise<Float32Array> {
    const corners = EYES.map((_, eye) => cornersOf(mesh, eye));
    const see = async (eye: number): Promise<Float64Array> =>
      intoEye(await this.model.readOne(picture, mesh, eye), corners[eye]);
    if (this.inEyes.length === 0) {
      this.inEyes = [await see(0), await see(1)];
      this.readS = timeS;
    } else if (timeS - this.readS >= EVERY_S - SLACK_S) {
      const eye = this.next;
      const seen = await see(eye);
      const [before, other] = [this.inEyes[eye], this.inEyes[1 - eye]];
      // In an eye the first axis points to the nose, so the other eye's moves the opposite way.
      this.inEyes[1 - eye] = other.map((at, i) => at - (seen[i % 2] - before[i % 2]));
      this.inEyes[eye] = seen;
      this.next = 1 - eye;
      this.readS = timeS;
    }
    const irises = new Float32Array(4 * POINTS);
    this.inEyes.forEach((iris, eye) => irises.set(outOfEye(iris, corners[eye]), 2 * POINTS * eye));
    return irises;
  }
}

function intoEye(points: Float32Array, [outer, inner]: [Point, Point]): Float64Array {
  const x = inner[0] - outer[0], y = inner[1] - outer[1];
  const square = Math.max(x * x + y * y, 1e-6);
  const inside = new Float64Array(points.length);
  for (let i = 0; i < points.length; i += 2) {
    const dx = points[i] - outer[0], dy = points[i + 1] - outer[1];
    inside[i] = (dx * x + dy * y) / square;
    inside[i + 1] = (dy * x - dx * y) / square;
  }
  return inside;
}

function outOfEye(points: Float64Array, [outer, inner]: [Point, Point]): Float64Array {
  const x = inner[0] - outer[0], y = inner[1] - outer[1];
  const outside = new Float64Array(points.length);
  for (let i = 0; i < points.length; i += 2) {
    outside[i] = points[i] * x - points[i + 1] * y + outer[0];
    outside[i + 1] = points[i] * y + points[i + 1] * x + outer[1];
  }
  return outside;
}

function mirror(input: Float32Array): void {
  for (let row = 0; row < INPUT_PX; row++) {
    for (let column = 0; column < INPUT_PX / 2; column++) {
      const left = 3 * (row * INPUT_PX + column);
      const right = 3 * (row * INPUT_PX + INPUT_PX - 1 - column);
      for (let i = 0; i < 3; i++) [input[left + i], input[right + i]] = [input[right + i], input[left + i]];
    }
  }
}
