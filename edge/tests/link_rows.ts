/** Rows and tokens for the tests of the connection. */

import { COUNT } from "../src/link/layout";
import type { NumberedRow } from "../src/link/wire";

/** A read row; its first channel is its number. */
export function row(number: number): NumberedRow {
  const values = new Float32Array(COUNT).fill(1);
  values[0] = number;
  return { number, values };
}

/** Rows `from` to `to`. */
export const rows = (from: number, to: number): NumberedRow[] => Array.from({ length: to - from + 1 }, (_, i) => row(from + i));

/** A token that says so; nobody looks at its signature here. */
export const tokenOf = (claims: object): string => `e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.x`;
