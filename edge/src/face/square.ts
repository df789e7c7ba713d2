/** A turned square of the picture: where a network looks, and the way back from its pixels. */

import { LEFT_EYE, RIGHT_EYE } from "./tables";
import type { Affine } from "./view";

/** How much wider than the detector's box the square is, and than the box of the last landmarks. */
const MARGIN = 1.5;

/** A turned square of the picture. */
export interface Square {
  /** Centre. */
  xPx: number;
  yPx: number;
  sidePx: number;
  /** How far its upper edge is turned clockwise, as seen in the picture. */
  turnRad: number;
}

/** The map from the picture to a square of `pixels`. */
export function toInput({ xPx, yPx, sidePx, turnRad }: Square, pixels: number): Affine {
  const zoom = pixels / sidePx;
  const a = zoom * Math.cos(turnRad), b = zoom * Math.sin(turnRad);
  const centre = (pixels - 1) / 2;
  const rows = [a, b, centre - a * xPx - b * yPx, -b, a, centre + b * xPx - a * yPx] as const;
  return rows.map(Math.fround) as unknown as Affine;
}

/** Points of the square, `width` numbers each, in the picture; a third number (depth) is scaled alike. */
export function fromInput(square: Square, points: Float32Array, width: 2 | 3, pixels: number): Float32Array {
  const zoom = square.sidePx / pixels;
  const a = zoom * Math.cos(square.turnRad), b = zoom * Math.sin(square.turnRad);
  const placed = new Float32Array(points.length);
  for (let i = 0; i < points.length; i += width) {
    // The networks count from the corner of the first pixel, the picture from its centre.
    const x = points[i] - pixels / 2, y = points[i + 1] - pixels / 2;
    placed[i] = a * x - b * y + square.xPx;
    placed[i + 1] = b * x + a * y + square.yPx;
    if (width === 3) placed[i + 2] = points[i + 2] * zoom;
  }
  return placed;
}

/** Where to look for a face in the next frame: around its last landmarks (468, 3). */
export function squareFromPoints(points: Float32Array): Square {
  const right = 3 * RIGHT_EYE[0], left = 3 * LEFT_EYE[0];
  const turnRad = Math.atan2(points[left + 1] - points[right + 1], points[left] - points[right]);
  const c = Math.cos(turnRad), s = Math.sin(turnRad);
  let lowX = Infinity, lowY = Infinity, highX = -Infinity, highY = -Infinity;
  for (let i = 0; i < points.length; i += 3) {
    const x = c * points[i] + s * points[i + 1];
    const y = c * points[i + 1] - s * points[i];
    if (x < lowX) lowX = x;
    if (x > highX) highX = x;
    if (y < lowY) lowY = y;
    if (y > highY) highY = y;
  }
  const x = (lowX + highX) / 2, y = (lowY + highY) / 2;
  const sidePx = MARGIN * Math.max(highX - lowX, highY - lowY);
  return { xPx: c * x - s * y, yPx: s * x + c * y, sidePx, turnRad };
}

/** Where to look for a face that the detector found: left, top, right, bottom, and the subject's eyes. */
export function squareFromBox(
  [left, top, right, bottom]: ArrayLike<number> & Iterable<number>,
  rightEye: readonly [number, number],
  leftEye: readonly [number, number],
): Square {
  return {
    xPx: (left + right) / 2,
    yPx: (top + bottom) / 2,
    sidePx: MARGIN * Math.max(right - left, bottom - top),
    turnRad: Math.atan2(leftEye[1] - rightEye[1], leftEye[0] - rightEye[0]),
  };
}
