/** The drawn face as data: half a neutral face, what each unit does to it, and the lines on it. */

/** `basis.json`, as `tools/face_basis.py` writes it. */
export interface BasisFile {
  units: number[];
  /** Points that carry triangles; the points of lines come after them. */
  surface: number;
  points: number;
  /** First point and number of points of each line. */
  lines: Record<string, number[]>;
  eye: { centre: number[]; radius: number };
  positions: string;
  triangles: string;
  shifts: { most: number; which: string; how: string }[];
}

/** One unit's displacement: which points move, and where to, centimetres at full intensity. */
export interface Shift {
  points: Uint16Array;
  by: Float32Array;
}

/** The subject's left half (x from 0 up); the right is its mirror image. Centimetres; y up, z out of the face. */
export interface Basis {
  count: number;
  surface: number;
  rest: Float32Array;
  /** Share of a displacement that is the near side's own; the other side has the rest. */
  share: Float32Array;
  triangles: Uint16Array;
  shifts: Shift[];
  lines: Map<string, [first: number, count: number]>;
  eye: { x: number; y: number; z: number; radius: number };
}

const MOST_BYTE = 120;

export function readBasis(file: BasisFile): Basis {
  const positions = new Int16Array(bytes(file.positions).buffer);
  const rest = Float32Array.from(positions, (value) => value / 100);
  const share = new Float32Array(file.points);
  for (let k = 0; k < file.points; k++) share[k] = Math.min(1, Math.max(0, (rest[3 * k] + 2) / 4));
  const [x, y, z] = file.eye.centre;
  return {
    count: file.points,
    surface: file.surface,
    rest,
    share,
    triangles: new Uint16Array(bytes(file.triangles).buffer),
    shifts: file.shifts.map(readShift),
    lines: new Map(Object.entries(file.lines).map(([name, [first, count]]) => [name, [first, count]])),
    eye: { x, y, z, radius: file.eye.radius },
  };
}

function readShift(shift: BasisFile["shifts"][number]): Shift {
  const which = bytes(shift.which);
  const points: number[] = [];
  for (let k = 0; k < which.length * 8; k++) if ((which[k >> 3] >> (k & 7)) & 1) points.push(k);
  const how = new Int8Array(bytes(shift.how).buffer);
  return { points: Uint16Array.from(points), by: Float32Array.from(how, (value) => (value / MOST_BYTE) * shift.most) };
}

function bytes(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64);
  const out = new Uint8Array(text.length);
  for (let k = 0; k < text.length; k++) out[k] = text.charCodeAt(k);
  return out;
}
