/** The stretch of time that is shown, and the marks on its axis. */

export interface View {
  fromS: number;
  toS: number;
}

/** Stretches to choose from, seconds; the whole session comes before them. */
export const STRETCHES = [300, 60, 20] as const;

/** The stretch that holds `timeS`: the one that is shown where it does, else the page it lies on. */
export function viewAt(view: View, stretchS: number, durationS: number, timeS: number): View {
  const length = Math.min(stretchS, durationS);
  const same = Math.abs(view.toS - view.fromS - length) < 1e-6;
  if (same && timeS >= view.fromS && timeS <= view.toS) return view;
  // A little of what came before stays in sight.
  const fromS = Math.min(Math.max(0, timeS - length * (same ? 0.08 : 0.5)), Math.max(0, durationS - length));
  return { fromS, toS: fromS + length };
}

const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];

/** Round times at least `apartPx` from each other. */
export function ticks(view: View, widthPx: number, apartPx = 72): number[] {
  const perPx = (view.toS - view.fromS) / Math.max(1, widthPx);
  const step = STEPS.find((one) => one / perPx >= apartPx) ?? 7200;
  const out: number[] = [];
  for (let at = Math.ceil(view.fromS / step) * step; at <= view.toS + 1e-6; at += step) out.push(at);
  return out;
}
