/** From FaceMesh's 468 points to the 68 of the Multi-PIE scheme, 0 at the subject's right jaw. */

import { FIRST, SECOND, SHARE } from "./tables";

/**
 * The 68 points of a mesh, in its own frame.
 *
 * @param mesh (468, 3)
 * @param keep how many numbers of each point are wanted: 2, or 3 with its depth
 * @returns (68, keep)
 */
export function points68(mesh: Float32Array, keep: 2 | 3 = 2): Float32Array {
  const blended = new Float32Array(68 * keep);
  for (let i = 0, to = 0; i < 68; i++) {
    for (let axis = 0; axis < keep; axis++) {
      blended[to++] = SHARE[i] * mesh[3 * FIRST[i] + axis] + (1 - SHARE[i]) * mesh[3 * SECOND[i] + axis];
    }
  }
  return blended;
}
