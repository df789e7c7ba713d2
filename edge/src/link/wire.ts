/** Rows on the wire: a head of 16 bytes and then numbers. `spec/live.md` says it in words. */

import { COUNT, VALID } from "./layout";

export const VERSION = 1;
const KIND_ROWS = 1;
/** Of one message: 56 s, what a device sends again after a break. */
export const MOST_ROWS = 560;
export const HEAD_BYTES = 16;
export const ROW_BYTES = 4 * COUNT;
/** Of the WebSocket's sub-protocols; the token goes beside it. */
export const PROTOCOL = `telltale.v${VERSION}`;

/** A row and its number: row k stands for k / 10 s of the session. */
export interface NumberedRow {
  number: number;
  /** 128 channels. */
  values: Float32Array;
}

/** A message of rows that follow one another, 1 to `MOST_ROWS`. */
export function encodeRows(rows: readonly NumberedRow[], sentS: number): ArrayBuffer {
  if (rows.length < 1 || rows.length > MOST_ROWS) throw new Error(`${rows.length} rows in one message`);
  const message = new ArrayBuffer(HEAD_BYTES + rows.length * ROW_BYTES);
  const view = new DataView(message);
  view.setUint8(0, VERSION);
  view.setUint8(1, KIND_ROWS);
  view.setUint16(2, rows.length, true);
  view.setUint32(4, rows[0].number, true);
  view.setFloat64(8, sentS, true);
  rows.forEach(({ number, values }, i) => {
    if (number !== rows[0].number + i) throw new Error(`row ${number} does not follow row ${rows[0].number + i - 1}`);
    writeRow(view, HEAD_BYTES + i * ROW_BYTES, values);
  });
  return message;
}

/** A row that was not read holds no number at all: the service refuses half a one. */
function writeRow(view: DataView, at: number, values: Float32Array): void {
  const read = values[VALID] === 1;
  for (let i = 0; i < COUNT; i++) view.setFloat32(at + 4 * i, i === VALID ? Number(read) : read ? values[i] : NaN, true);
}
