/** Probability over time: a line with its gaps, the threshold as a thin line, decisions as marks. */
import type { Outcome } from "../api/types.ts";
import { type Area, hairline } from "./canvas.ts";
import type { Colours } from "./colours.ts";

export interface Mark {
  second: number;
  outcome: Outcome;
}

export interface Spark {
  /** One value a second, the last at `endSecond`; NaN where nothing was read. */
  values: Float32Array;
  endSecond: number;
  thresholds: readonly number[];
  marks: readonly Mark[];
}

/** Room under the line for the marks. */
const MARKS = 9;

export function drawSpark(area: Area, spark: Spark, colours: Colours): void {
  const { context, width, height } = area;
  const bottom = height - MARKS;
  const y = (value: number): number => 2 + (1 - value) * (bottom - 4);
  const step = (width - 4) / Math.max(1, spark.values.length - 1);
  context.strokeStyle = colours.rule;
  context.lineWidth = 1;
  hairline(context, 0, bottom, width, bottom);
  context.setLineDash([2, 3]);
  context.strokeStyle = colours.soft;
  context.globalAlpha = 0.7;
  for (const threshold of spark.thresholds) hairline(context, 0, y(threshold), width, y(threshold));
  context.globalAlpha = 1;
  context.setLineDash([]);
  drawLine(context, spark.values, (k) => k * step, y, colours.mark);
  for (const mark of spark.marks) {
    const k = spark.values.length - 1 - (spark.endSecond - mark.second);
    if (k >= 0 && k < spark.values.length) drawMark(context, mark.outcome, Math.max(4, k * step), bottom + 5, colours);
  }
}

/** A line through what is there; a lone value is a dot. */
export function drawLine(
  context: CanvasRenderingContext2D,
  values: ArrayLike<number | null>,
  x: (k: number) => number,
  y: (value: number) => number,
  colour: string,
  width = 1.4,
): void {
  context.strokeStyle = context.fillStyle = colour;
  context.lineWidth = width;
  context.lineJoin = "round";
  context.beginPath();
  let length = 0;
  let last = -1;
  const dots: number[] = [];
  for (let k = 0; k < values.length; k++) {
    const value = values[k];
    if (value === null || value !== value) {
      if (length === 1) dots.push(last);
      length = 0;
      continue;
    }
    if (length++ === 0) context.moveTo(x(k), y(value));
    else context.lineTo(x(k), y(value));
    last = k;
  }
  context.stroke();
  for (const k of length === 1 ? [...dots, last] : dots) context.fillRect(x(k) - 1, y(values[k] as number) - 1, 2, 2);
}

/** Shown: a full mark. Held back by chance: an open one. Refused: a cross. */
export function drawMark(
  context: CanvasRenderingContext2D,
  outcome: Outcome,
  x: number,
  y: number,
  colours: Colours,
): void {
  context.lineWidth = 1.2;
  context.beginPath();
  if (outcome === "refused") {
    context.strokeStyle = colours.soft;
    context.moveTo(x - 2.5, y - 2.5);
    context.lineTo(x + 2.5, y + 2.5);
    context.moveTo(x + 2.5, y - 2.5);
    context.lineTo(x - 2.5, y + 2.5);
    context.stroke();
    return;
  }
  context.moveTo(x, y - 4);
  context.lineTo(x + 3.2, y + 2.5);
  context.lineTo(x - 3.2, y + 2.5);
  context.closePath();
  context.strokeStyle = context.fillStyle = outcome === "shown" ? colours.mark : colours.ink;
  if (outcome === "shown") context.fill();
  else context.stroke();
}
