/** Where each lane of the tracks stands, pixels from the top. */
import { UNITS } from "../api/channels.ts";

export const AXIS = 24;
export const UNIT_ROW = 18;
/** Height of one side's heat; the left side stands above. */
export const SIDE_ROW = 6;

export interface Lanes {
  gutter: number;
  probability: [top: number, bottom: number];
  affect: [top: number, bottom: number][];
  events: [top: number, bottom: number];
  decisions: [top: number, bottom: number];
  units: number;
  height: number;
}

export function lanes(width: number, affects: number): Lanes {
  const narrow = width < 560;
  let y = AXIS;
  const take = (height: number, gap: number): [number, number] => {
    const lane: [number, number] = [y, y + height];
    y += height + gap;
    return lane;
  };
  const probability = take(narrow ? 56 : 76, 14);
  const affect = Array.from({ length: affects }, () => take(24, 6));
  y += 8;
  const events = take(20, 6);
  const decisions = take(20, 18);
  const units = y;
  return { gutter: narrow ? 86 : 168, probability, affect, events, decisions, units, height: y + UNITS.length * UNIT_ROW + 6 };
}
