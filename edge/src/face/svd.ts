/** The nearest rotation of a 3 x 3 matrix, which is all that a pose asks of a singular value decomposition. */

/** What `rotationOf` found. */
export interface Turned {
  /** (3, 3), row by row: U V', its determinant 1. */
  rotation: Float64Array;
  /** Sum of the singular values, the last one's sign turned where U V' would have been a mirror image. */
  stretch: number;
}

/** The rotation R for which trace(R' M) is largest, by Jacobi's method on M' M. */
export function rotationOf(m: Float64Array): Turned {
  const [v, values] = eigen(normal(m));
  const order = [0, 1, 2].sort((i, j) => values[j] - values[i]);
  const column = (matrix: Float64Array, k: number): Vector => [matrix[k], matrix[3 + k], matrix[6 + k]];
  const v1 = column(v, order[0]);
  const v2 = column(v, order[1]);
  const v3 = cross(v1, v2);
  const m1 = times(m, v1);
  const u1 = scaled(m1, 1 / Math.hypot(...m1));
  const m2 = times(m, v2);
  const aside = minus(m2, scaled(u1, dot(u1, m2)));
  const u2 = scaled(aside, 1 / Math.hypot(...aside));
  const u3 = cross(u1, u2);
  const rotation = new Float64Array(9);
  for (let i = 0; i < 3; i++) {
    for (let j = 0; j < 3; j++) rotation[3 * i + j] = u1[i] * v1[j] + u2[i] * v2[j] + u3[i] * v3[j];
  }
  return { rotation, stretch: dot(u1, m1) + dot(u2, m2) + dot(u3, times(m, v3)) };
}

type Vector = [number, number, number];

const dot = (a: Vector, b: Vector): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const scaled = (a: Vector, by: number): Vector => [a[0] * by, a[1] * by, a[2] * by];
const minus = (a: Vector, b: Vector): Vector => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
const cross = (a: Vector, b: Vector): Vector => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];
const times = (m: Float64Array, a: Vector): Vector => [
  m[0] * a[0] + m[1] * a[1] + m[2] * a[2],
  m[3] * a[0] + m[4] * a[1] + m[5] * a[2],
  m[6] * a[0] + m[7] * a[1] + m[8] * a[2],
];

/** M' M. */
function normal(m: Float64Array): Float64Array {
  const product = new Float64Array(9);
  for (let i = 0; i < 3; i++) {
    for (let j = 0; j < 3; j++) product[3 * i + j] = m[i] * m[j] + m[3 + i] * m[3 + j] + m[6 + i] * m[6 + j];
  }
  return product;
}

const SWEEPS = 12;

/** Eigenvectors (columns) and eigenvalues of a symmetric matrix. */
function eigen(a: Float64Array): [Float64Array, Vector] {
  const v = Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (const [p, q] of [[0, 1], [0, 2], [1, 2]]) rotate(a, v, p, q);
  }
  return [v, [a[0], a[4], a[8]]];
}

/** One of Jacobi's rotations: a[p, q] becomes 0. */
function rotate(a: Float64Array, v: Float64Array, p: number, q: number): void {
  const off = a[3 * p + q];
  if (off === 0) return;
  const theta = (a[4 * q] - a[4 * p]) / (2 * off);
  const t = Math.sign(theta || 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  for (let k = 0; k < 3; k++) {
    const left = a[3 * k + p], right = a[3 * k + q];
    a[3 * k + p] = c * left - s * right;
    a[3 * k + q] = s * left + c * right;
  }
  for (let k = 0; k < 3; k++) {
    const upper = a[3 * p + k], lower = a[3 * q + k];
    a[3 * p + k] = c * upper - s * lower;
    a[3 * q + k] = s * upper + c * lower;
    const left = v[3 * k + p], right = v[3 * k + q];
    v[3 * k + p] = c * left - s * right;
    v[3 * k + q] = s * left + c * right;
  }
}
