/** The lines that skin makes when muscles pull: faint at rest, as strong as their units. */
import { UNITS } from "../api/channels.ts";
import type { Basis } from "./basis.ts";
import { hump, lineOf, type Pen } from "./pen.ts";
import type { Pose } from "./pose.ts";
import type { Shape } from "./shape.ts";

interface Fold {
  line: string;
  atRest: number;
  widthCm: number;
  /** Begins on the middle of the face, where its mirror image goes on. */
  fromMiddle?: true;
  /** Units that draw it, and how strongly at full intensity. */
  units: Partial<Record<(typeof UNITS)[number], number>>;
}

/** Which units make which lines: Ekman, Friesen and Hager, Facial Action Coding System, 2002. */
const FOLDS: readonly Fold[] = [
  { line: "nasolabial", atRest: 0.1, widthCm: 0.12, units: { 12: 0.55, 10: 0.6, 9: 0.45, 6: 0.2, 20: 0.2, 15: 0.1 } },
  { line: "forehead_1", fromMiddle: true, atRest: 0, widthCm: 0.1, units: { 1: 0.55, 2: 0.5 } },
  { line: "forehead_2", fromMiddle: true, atRest: 0, widthCm: 0.1, units: { 1: 0.5, 2: 0.5 } },
  { line: "forehead_3", fromMiddle: true, atRest: 0, widthCm: 0.09, units: { 1: 0.35, 2: 0.4 } },
  { line: "frown", atRest: 0, widthCm: 0.13, units: { 4: 0.85, 9: 0.2 } },
  { line: "wrinkle_1", atRest: 0, widthCm: 0.1, units: { 9: 0.8 } },
  { line: "wrinkle_2", atRest: 0, widthCm: 0.1, units: { 9: 0.8, 10: 0.15 } },
  { line: "crow_1", atRest: 0, widthCm: 0.08, units: { 6: 0.75, 12: 0.1 } },
  { line: "crow_2", atRest: 0, widthCm: 0.08, units: { 6: 0.8, 7: 0.2, 12: 0.1 } },
  { line: "crow_3", atRest: 0, widthCm: 0.08, units: { 6: 0.7 } },
  { line: "pouch", atRest: 0.08, widthCm: 0.1, units: { 6: 0.5, 7: 0.5, 9: 0.25 } },
  { line: "dimple", atRest: 0, widthCm: 0.15, units: { 14: 0.85, 12: 0.25, 20: 0.2 } },
  { line: "chin", fromMiddle: true, atRest: 0.14, widthCm: 0.14, units: { 17: 0.6, 15: 0.2, 23: 0.2 } },
];

export function drawFolds(pen: Pen, basis: Basis, shape: Shape, pose: Pose): void {
  for (const fold of FOLDS) {
    for (const side of [0, 1]) {
      const of = side === 0 ? pose.left : pose.right;
      let strength = fold.atRest;
      for (const [unit, weight] of Object.entries(fold.units)) {
        strength += weight * Math.min(1, of[UNITS.indexOf(Number(unit) as (typeof UNITS)[number])] * 1.25);
      }
      pen.swelling(lineOf(basis, shape, fold.line, side), fold.widthCm, Math.min(0.85, strength), fold.fromMiddle ? hold : hump);
    }
  }
}

/** Full where a line begins on the middle of the face, so that both halves meet; thin at its end. */
const hold = (along: number): number => Math.sqrt(Math.max(0, Math.sin(Math.PI * (0.25 + 0.75 * along))));
