/** Moves the points of the face by its units, turns the head, and puts them on the paper. */
import type { Basis } from "./basis.ts";
import type { Pose } from "./pose.ts";

/** Both halves, the subject's left first; `flat` is x, y in centimetres on the paper (y down) and nearness. */
export interface Shape {
  solid: Float32Array;
  flat: Float32Array;
}

const CAMERA_CM = 75;
/** The head turns about this point. */
const PIVOT = { y: -3, z: 0 };

export function newShape(basis: Basis): Shape {
  return { solid: new Float32Array(basis.count * 6), flat: new Float32Array(basis.count * 6) };
}

/** Fills `shape` with the face of a pose. */
export function setShape(shape: Shape, basis: Basis, pose: Pose): void {
  const { solid } = shape;
  const half = basis.count * 3;
  solid.set(basis.rest, 0);
  solid.set(basis.rest, half);
  for (let unit = 0; unit < basis.shifts.length; unit++) {
    const left = pose.left[unit];
    const right = pose.right[unit];
    if (left === 0 && right === 0) continue;
    const { points, by } = basis.shifts[unit];
    for (let k = 0; k < points.length; k++) {
      const point = points[k];
      const share = basis.share[point];
      const near = left * share + right * (1 - share);
      const far = right * share + left * (1 - share);
      const at = 3 * point;
      for (let axis = 0; axis < 3; axis++) {
        solid[at + axis] += near * by[3 * k + axis];
        solid[half + at + axis] += far * by[3 * k + axis];
      }
    }
  }
  for (let k = half; k < 2 * half; k += 3) solid[k] = -solid[k];
  place(shape, pose);
}

/** Turns and projects; the neck stays where it is. */
function place(shape: Shape, pose: Pose): void {
  const turn = turning(pose);
  const { solid, flat } = shape;
  for (let k = 0; k < solid.length; k += 3) {
    const x = solid[k];
    const y = solid[k + 1];
    const z = solid[k + 2];
    const follows = Math.min(1, Math.max(0, (y + 17) / 7));
    const [tx, ty, tz] = turn(x, y, z);
    solid[k] = x + (tx - x) * follows;
    solid[k + 1] = y + (ty - y) * follows;
    solid[k + 2] = z + (tz - z) * follows;
    project(solid[k], solid[k + 1], solid[k + 2], flat, k);
  }
}

/** A point of the head, turned as the pose says. */
export function turning(pose: Pose): (x: number, y: number, z: number) => [number, number, number] {
  const [cy, sy] = [Math.cos(pose.yaw), Math.sin(pose.yaw)];
  const [cp, sp] = [Math.cos(pose.pitch), Math.sin(pose.pitch)];
  const [cr, sr] = [Math.cos(pose.roll), Math.sin(pose.roll)];
  return (x, y, z) => {
    const up = y - PIVOT.y;
    const out = z - PIVOT.z;
    const y1 = up * cp + out * sp;
    const z1 = out * cp - up * sp;
    const x2 = x * cy + z1 * sy;
    const z2 = z1 * cy - x * sy;
    return [x2 * cr + y1 * sr, y1 * cr - x2 * sr + PIVOT.y, z2 + PIVOT.z];
  };
}

export function project(x: number, y: number, z: number, into: Float32Array | number[], at: number): void {
  const nearness = CAMERA_CM / (CAMERA_CM - z);
  into[at] = x * nearness;
  into[at + 1] = -y * nearness;
  into[at + 2] = nearness;
}
