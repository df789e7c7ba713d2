/**
 * From frames at any rate to rows at 10 Hz: each channel pools all its frames, none is skipped.
 *
 * The row at t pools the frames in (t - 0.1, t] by mean, signed peak, maximum or minimum; a row is read only if
 * each of its frames was, and a tenth of a second without frames is an unread row.
 */

import { CHANNELS, COUNT, RATE_HZ, VALID, unreadRow, type Pooling } from "./channels";

/** A frame at 1.1 s belongs to the row at 1.1 s, although 1.1 * 10 is a little over 11 in binary. */
const SLACK_ROWS = 1e-6;

const columns = (pooling: Pooling): Int32Array =>
  Int32Array.from(CHANNELS.flatMap((channel, i) => (channel.pooling === pooling ? [i] : [])));

const MEAN = columns("mean");
const SIGNED_PEAK = columns("signed_peak");
const MAX = columns("max");
const MIN = columns("min");

/** One row at 10 Hz. */
export interface Row {
  /** Seconds, a whole number of tenths. */
  timeS: number;
  /** 128 channels; all but `valid` are NaN where the face was not read. */
  values: Float32Array;
}

/** Which tenth of a second a time belongs to. */
export const tenthOf = (timeS: number): number => Math.ceil(timeS * RATE_HZ - SLACK_ROWS) + 0; // no -0

/** Pools frames that come one by one: a row is told when a frame of a later tenth comes. */
export class FramePooler {
  private tenth: number | null = null;
  private frames: Float32Array[] = [];

  /** Take a frame of 128 channels; the rows that it completes, those without frames among them. */
  add(timeS: number, frame: Float32Array): Row[] {
    const tenth = tenthOf(timeS);
    let rows: Row[] = [];
    if (this.tenth !== null && tenth > this.tenth) {
      const last = this.tenth;
      rows = this.finish();
      for (let at = last + 1; at < tenth; at++) rows.push({ timeS: at / RATE_HZ, values: unreadRow() });
    }
    this.tenth = tenth;
    this.frames.push(frame);
    return rows;
  }

  /** The row of the frames that have come since the last one, if any. */
  finish(): Row[] {
    if (this.tenth === null) return [];
    const row = { timeS: this.tenth / RATE_HZ, values: pool(this.frames) };
    this.tenth = null;
    this.frames = [];
    return [row];
  }
}

function pool(frames: readonly Float32Array[]): Float32Array {
  if (frames.some((frame) => !(frame[VALID] > 0))) return unreadRow();
  const row = new Float32Array(COUNT);
  for (const column of MEAN) {
    let sum = 0;
    for (const frame of frames) sum += frame[column];
    row[column] = sum / frames.length;
  }
  for (const column of SIGNED_PEAK) {
    const [low, high] = range(frames, column);
    row[column] = high >= -low ? high : low;
  }
  for (const column of MAX) row[column] = range(frames, column)[1];
  for (const column of MIN) row[column] = range(frames, column)[0];
  return row;
}

/** Least and greatest of a column; NaN where any is, as `Math.min` has it. */
function range(frames: readonly Float32Array[], column: number): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (const frame of frames) {
    low = Math.min(low, frame[column]);
    high = Math.max(high, frame[column]);
  }
  return [low, high];
}
