/** Where each number of a row stands: seven for each of 17 units, then nine for the whole face (`spec/channels.json`). */

/** FACS numbers, in the order of the channels. */
export const UNITS = [1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 23, 25, 26, 45] as const;
export const COUNT = 128;
/** Rows a second. */
export const RATE_HZ = 10;

const A_UNIT = 7;
export const LEFT = 0;
export const RIGHT = 1;

/** Column of a unit's intensity (`side` 0: the subject's left, 1: right), by its place in `UNITS`. */
export const intensity = (unit: number, side: number): number => A_UNIT * unit + side;
/** Column of a unit's energy, the envelope of its brief motion. */
export const energy = (unit: number, side: number): number => A_UNIT * unit + 4 + side;
/** Column of how far a unit could be read, 0 to 1. */
export const confidence = (unit: number): number => A_UNIT * unit + 6;

const FACE = A_UNIT * UNITS.length;
export const YAW = FACE;
export const PITCH = FACE + 1;
export const ROLL = FACE + 2;
export const GAZE_X = FACE + 3;
export const GAZE_Y = FACE + 4;
export const VALID = FACE + 8;
