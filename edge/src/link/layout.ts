/** What the page needs of the rows' layout: a test holds it to `core/channels`, whose table stays
 * in the worker. */

export const RATE_HZ = 10;
/** Number of the row that a moment belongs to: row k pools (k - 1) / 10 to k / 10 s, its end included. */
export const rowOf = (timeS: number): number => Math.ceil(timeS * RATE_HZ - 1e-6);
export const COUNT = 128;
/** The column that says whether a row was read. */
export const VALID = 127;
