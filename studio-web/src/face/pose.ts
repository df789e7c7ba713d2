/** What a face does at one moment, taken from the rows on both sides of it. */
import { COUNT, GAZE_X, GAZE_Y, intensity, PITCH, RATE_HZ, ROLL, UNITS, VALID, YAW } from "../api/channels.ts";

export interface Pose {
  /** Whether the face was read there. */
  read: boolean;
  /** Intensities by the order of `UNITS`, 0 to 1. */
  left: Float32Array;
  right: Float32Array;
  /** Radians; positive to the subject's left, up, and leaning to the subject's left shoulder. */
  yaw: number;
  pitch: number;
  roll: number;
  gazeX: number;
  gazeY: number;
}

export function neutral(): Pose {
  const left = new Float32Array(UNITS.length);
  return { read: true, left, right: new Float32Array(UNITS.length), yaw: 0, pitch: 0, roll: 0, gazeX: 0, gazeY: 0 };
}

/** The face at `timeS`; row k (from 1) stands at k / 10 s. Between two read rows it moves evenly. */
export function poseAt(rows: Float32Array, timeS: number, into: Pose = neutral()): Pose {
  const count = Math.floor(rows.length / COUNT);
  const place = Math.min(Math.max(timeS * RATE_HZ - 1, 0), count - 1);
  const before = Math.floor(place);
  const after = Math.min(before + 1, count - 1);
  const readBefore = count > 0 && isRead(rows, before);
  const readAfter = count > 0 && isRead(rows, after);
  into.read = readBefore || (readAfter && place - before > 0.5);
  if (!into.read) return into;
  const a = readBefore ? before : after;
  const b = readAfter ? after : before;
  const share = a === b ? 0 : place - before;
  const at = (column: number): number => {
    const one = number(rows[a * COUNT + column]);
    return one + (number(rows[b * COUNT + column]) - one) * share;
  };
  for (let unit = 0; unit < UNITS.length; unit++) {
    into.left[unit] = within(at(intensity(unit, 0)), 0, 1.2);
    into.right[unit] = within(at(intensity(unit, 1)), 0, 1.2);
  }
  into.yaw = within(at(YAW), -0.6, 0.6);
  into.pitch = within(at(PITCH), -0.5, 0.5);
  into.roll = within(at(ROLL), -0.5, 0.5);
  into.gazeX = within(at(GAZE_X), -0.5, 0.5);
  into.gazeY = within(at(GAZE_Y), -0.4, 0.4);
  return into;
}

export function isRead(rows: Float32Array, row: number): boolean {
  return rows[row * COUNT + VALID] > 0.5;
}

const number = (value: number): number => (value === value ? value : 0);
const within = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));
