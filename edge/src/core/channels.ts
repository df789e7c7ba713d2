/**
 * The 128 channels: names, units and signs, as Python's `core/channels.py` writes them into `spec/channels.json`.
 *
 * Angles are radians; left and right are the subject's.
 */

import table from "../../../spec/channels.json";

/** How the frames of a tenth of a second become one value. */
export type Pooling = "mean" | "signed_peak" | "max" | "min";

/** One of the 128 numbers of a row. */
export interface Channel {
  name: string;
  /** Physical unit, `1` for a share or a ratio. */
  unit: string;
  pooling: Pooling;
  /** Whether mirroring the face turns the value's sign. */
  flips_sign: boolean;
  /** FACS number, or null for a channel of the whole face. */
  action_unit: number | null;
  /** The channel that takes this one's place when the face is mirrored. */
  mirror: string;
  meaning: string;
}

/** Name and version of this layout; a model trained on another one is refused. */
export const LAYOUT: string = table.layout;
/** Rows a second. The row at t pools the frames in (t - 0.1 s, t]. */
export const RATE_HZ: number = table.rate_hz;
/** FACS numbers of the 17 units. */
export const ACTION_UNITS: readonly number[] = table.action_units;
export const CHANNELS = table.channels as readonly Channel[];
export const NAMES: readonly string[] = CHANNELS.map((channel) => channel.name);
export const COUNT: number = CHANNELS.length;
export const UNITS: number = ACTION_UNITS.length;

const BY_NAME = new Map(NAMES.map((name, index) => [name, index]));

/** The column of a channel. */
export function indexOf(name: string): number {
  const index = BY_NAME.get(name);
  if (index === undefined) throw new Error(`no channel is called ${name}`);
  return index;
}

/** Columns of one kind of channel, one for each unit in the order of `ACTION_UNITS`. */
export function unitChannels(kind: string): Int32Array {
  return Int32Array.from(ACTION_UNITS, (unit) => indexOf(`au${String(unit).padStart(2, "0")}_${kind}`));
}

export const VALID: number = indexOf("valid");

/** A row of a face that was not read: NaN, with `valid` = 0. */
export function unreadRow(): Float32Array {
  const row = new Float32Array(COUNT).fill(NaN);
  row[VALID] = 0;
  return row;
}
