/** How far apart two lists of numbers are. */

import assert from "node:assert/strict";

/** What a comparison found; differences count against the value where that is above 1. */
export interface Difference {
  largest: number;
  /** Share of the values that lie within what was asked. */
  within: number;
  /** Where the largest one is. */
  at: number;
}

export function difference(got: ArrayLike<number>, wanted: ArrayLike<number>, within: number): Difference {
  assert.equal(got.length, wanted.length, "as many numbers");
  let largest = 0, at = -1, close = 0;
  for (let i = 0; i < wanted.length; i++) {
    const bothMissing = Number.isNaN(got[i]) && Number.isNaN(wanted[i]);
    const apart = bothMissing ? 0 : Math.abs(got[i] - wanted[i]) / Math.max(1, Math.abs(wanted[i]));
    if (apart <= within) close++;
    if (!(apart <= largest)) {
      largest = Number.isNaN(apart) ? Infinity : apart;
      at = i;
    }
  }
  return { largest, within: wanted.length ? close / wanted.length : 1, at };
}

/** Fail unless all numbers lie within a distance. */
export function assertClose(got: ArrayLike<number>, wanted: ArrayLike<number>, within: number, what: string): void {
  const { largest, at } = difference(got, wanted, within);
  assert.ok(largest <= within, `${what}: number ${at} is ${got[at]}, not ${wanted[at]} (within ${within})`);
}
