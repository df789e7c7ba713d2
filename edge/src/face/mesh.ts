/** FaceMesh: 468 points of a face from a turned square of the picture. Model: MediaPipe's (Apache-2.0). */

import type { Network } from "../models/network";
import type { Picture } from "../picture/picture";
import { warpColours } from "../picture/warp";
import { fromInput, toInput, type Square } from "./square";

export const INPUT_PX = 192;

/** What FaceMesh saw in one square. */
export interface Mesh {
  /** (468, 3): pixels of the picture; z on the same scale, negative towards the camera. */
  points: Float32Array;
  /** How sure it is that a face is here, 0 to 1. */
  presence: number;
}

/** The model with its cutting and its map back. */
export class FaceMesh {
  private readonly input = new Float32Array(INPUT_PX * INPUT_PX * 3);

  constructor(private readonly model: Network) {}

  /** Points of the face in `square`, whether or not there is one: ask `presence`. */
  async read(picture: Picture, square: Square): Promise<Mesh> {
    warpColours(picture, toInput(square, INPUT_PX), INPUT_PX, 1 / 255, this.input);
    const { points, logit } = await this.model.run({ picture: this.input });
    return { points: fromInput(square, points, 3, INPUT_PX), presence: sigmoid(logit[0]) };
  }
}

const sigmoid = (logit: number): number => 0.5 * (1 + Math.tanh(logit / 2));
