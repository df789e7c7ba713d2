/** The three numbers of the rows' layout that the page needs: a test holds them to `core/channels`, whose table stays
 * in the worker. */

export const RATE_HZ = 10;
export const COUNT = 128;
/** The column that says whether a row was read. */
export const VALID = 127;
