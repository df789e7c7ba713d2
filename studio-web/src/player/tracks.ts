/** Draws all tracks of a session on one time axis. */
import { intensity, RATE_HZ, UNITS } from "../api/channels.ts";
import type { Act, Track } from "../api/types.ts";
import { type Area, clear, hairline, hatch } from "../draw/canvas.ts";
import { type Colours, colours } from "../draw/colours.ts";
import { clock } from "../draw/format.ts";
import { drawLine, drawMark } from "../draw/spark.ts";
import { serverWords, t, unitName } from "../shell/language.ts";
import { ticks, type View } from "./axis.ts";
import { AXIS, type Lanes, lanes, SIDE_ROW, UNIT_ROW } from "./lanes.ts";
import { greatest } from "./strengths.ts";

const LEVELS = 14;
/** With more seconds in a pixel, marks of brief acts would run into each other: they grow thin. */
const DENSE_S_A_PX = 0.3;
/** Below this an intensity is the noise of reading. */
const NOISE = 0.06;
/** From here on heat is full: few acts of a viewer who watches alone reach FACS level D. */
const FULL = 0.6;
/** The affect lanes reach at least so far. */
const LEAST_AFFECT = 0.2;

export interface Session {
  track: Track;
  rows: Float32Array;
  order: number[];
  gaps: [number, number][];
  /** Affect by name, one row each. */
  affect: (number | null)[][];
  thresholds: number[];
}

export function drawTracks(canvas: HTMLCanvasElement, width: number, session: Session, view: View): Lanes {
  const lane = lanes(width, session.track.affect.names.length);
  const area = clear(canvas, width, lane.height);
  const ink = colours();
  area.context.font = `12px ${ink.font}`;
  area.context.textBaseline = "middle";
  const x = (timeS: number): number => lane.gutter + ((timeS - view.fromS) / (view.toS - view.fromS)) * (width - lane.gutter);
  drawAxis(area, lane, view, session.track.from_s, x, ink);
  area.context.save();
  area.context.beginPath();
  area.context.rect(lane.gutter, 0, width - lane.gutter, lane.height);
  area.context.clip();
  for (const [from, to] of session.gaps) {
    if (to > view.fromS && from < view.toS) hatch(area, x(from), x(to), lane.probability[0], lane.height - 4, ink.rule);
  }
  drawProbability(area, lane, session, x, ink);
  const top = affectTop(session.affect);
  session.affect.forEach((values, k) => drawAffect(area, lane.affect[k], values, top, session.track.affect.every_s, x, ink));
  drawEvents(area, lane, session.track, x, ink);
  for (const decision of session.track.decisions) drawMark(area.context, decision.outcome, x(decision.second), mid(lane.decisions), ink);
  session.order.forEach((unit, place) => drawUnit(area, lane, session, view, unit, place, ink));
  const dense = (view.toS - view.fromS) / (width - lane.gutter) > DENSE_S_A_PX;
  for (const act of session.track.acts) drawAct(area.context, lane, session.order, act, x, ink, dense);
  area.context.restore();
  drawNames(area, lane, session, ink);
  return lane;
}

const mid = ([top, bottom]: [number, number]): number => (top + bottom) / 2;

function drawAxis(area: Area, lane: Lanes, view: View, sessionS: number, x: (timeS: number) => number, ink: Colours): void {
  const { context, width, height } = area;
  context.lineWidth = 1;
  for (const at of ticks(view, width - lane.gutter)) {
    context.strokeStyle = ink.rule;
    context.globalAlpha = 0.6;
    hairline(context, x(at), AXIS - 5, x(at), height - 6);
    context.globalAlpha = 1;
    context.fillStyle = ink.soft;
    const near = x(at) > width - 24;
    context.textAlign = near ? "right" : x(at) < lane.gutter + 12 ? "left" : "center";
    context.fillText(clock(sessionS + at), Math.min(width, x(at)), 9);
  }
}

function drawProbability(area: Area, lane: Lanes, session: Session, x: (timeS: number) => number, ink: Colours): void {
  const { context, width } = area;
  const [top, bottom] = lane.probability;
  const y = (value: number): number => bottom - value * (bottom - top);
  context.strokeStyle = ink.rule;
  hairline(context, lane.gutter, bottom, width, bottom);
  context.setLineDash([2, 3]);
  context.strokeStyle = ink.soft;
  context.globalAlpha = 0.7;
  for (const threshold of session.thresholds) hairline(context, lane.gutter, y(threshold), width, y(threshold));
  context.setLineDash([]);
  context.globalAlpha = 1;
  drawLine(context, session.track.probability, (k) => x(k), y, ink.mark, 1.6);
}

function drawAffect(
  area: Area,
  [top, bottom]: [number, number],
  values: (number | null)[],
  most: number,
  everyS: number,
  x: (timeS: number) => number,
  ink: Colours,
): void {
  const { context, width } = area;
  const y = (value: number): number => bottom - Math.min(1, value / most) * (bottom - top);
  context.fillStyle = ink.ink;
  context.globalAlpha = 0.13;
  for (let k = 0; k < values.length; k++) {
    const value = values[k];
    const left = x(k * everyS);
    if (value !== null && value === value) context.fillRect(left, y(value), x((k + 1) * everyS) - left, bottom - y(value));
  }
  context.globalAlpha = 1;
  drawLine(context, values, (k) => x((k + 0.5) * everyS), y, ink.soft, 1);
  context.strokeStyle = ink.rule;
  context.lineWidth = 1;
  hairline(context, 0, bottom, width, bottom);
}

function drawEvents(area: Area, lane: Lanes, track: Track, x: (timeS: number) => number, ink: Colours): void {
  const { context } = area;
  const [top, bottom] = lane.events;
  context.textAlign = "left";
  for (const [k, event] of track.events.entries()) {
    const at = x(event.time_s);
    const next = k + 1 < track.events.length ? x(track.events[k + 1].time_s) : area.width;
    context.strokeStyle = ink.ink;
    hairline(context, at, top + 2, at, bottom - 2);
    const words = serverWords("event", event.type);
    if (at + 8 + context.measureText(words).width > next) continue;
    context.fillStyle = ink.ink;
    context.fillText(words, at + 4, (top + bottom) / 2);
  }
}

function drawUnit(area: Area, lane: Lanes, session: Session, view: View, unit: number, place: number, ink: Colours): void {
  const { context, width } = area;
  const values = new Float32Array(Math.max(1, Math.floor(width - lane.gutter)));
  context.fillStyle = ink.mark;
  for (const side of [0, 1]) {
    greatest(session.rows, intensity(unit, side), view.fromS, view.toS, RATE_HZ, values);
    const top = lane.units + place * UNIT_ROW + 2 + side * (SIDE_ROW + 1);
    let from = 0;
    let level = -1;
    for (let k = 0; k <= values.length; k++) {
      const now = k < values.length ? heat(values[k]) : -2;
      if (now === level) continue;
      if (level > 0) {
        context.globalAlpha = level / LEVELS;
        context.fillRect(lane.gutter + from, top, k - from, SIDE_ROW);
      }
      from = k;
      level = now;
    }
  }
  context.globalAlpha = 1;
}

/** Steps of heat; the weak ones are lifted, since most acts are weak. */
function heat(value: number): number {
  return value > NOISE ? Math.min(LEVELS, Math.round(LEVELS * Math.min(1, (value - NOISE) / (FULL - NOISE)) ** 0.75)) : 0;
}

/** The greatest of all affect signals: they share one scale, so that they can be compared. */
function affectTop(affect: (number | null)[][]): number {
  let most = LEAST_AFFECT;
  for (const values of affect) for (const value of values) if (value !== null && value > most) most = value;
  return most;
}

/** Macro: a line over its length. Micro: a mark at its apex. */
function drawAct(
  context: CanvasRenderingContext2D,
  lane: Lanes,
  order: number[],
  act: Act,
  x: (timeS: number) => number,
  ink: Colours,
  dense: boolean,
): void {
  const place = order.indexOf(UNITS.indexOf(act.unit as (typeof UNITS)[number]));
  if (place < 0) return;
  const top = lane.units + place * UNIT_ROW + 2;
  context.fillStyle = context.strokeStyle = ink.ink;
  for (const side of act.side === "both" ? [0, 1] : [act.side === "left" ? 0 : 1]) {
    const y = top + side * (SIDE_ROW + 1);
    if (act.micro && dense) context.fillRect(x(act.apex_s) - 0.5, y, 1, SIDE_ROW);
    else if (act.micro) {
      const at = x(act.apex_s);
      context.beginPath();
      context.moveTo(at, y - 0.5);
      context.lineTo(at + 3, y + 3);
      context.lineTo(at, y + 6.5);
      context.lineTo(at - 3, y + 3);
      context.fill();
    } else context.fillRect(x(act.onset_s), y + SIDE_ROW - 1, Math.max(1, x(act.offset_s) - x(act.onset_s)), 1);
  }
}

function drawNames(area: Area, lane: Lanes, session: Session, ink: Colours): void {
  const { context } = area;
  const narrow = lane.gutter < 100;
  if (narrow) context.font = `11px ${ink.font}`;
  context.textAlign = "left";
  const write = (words: string, y: number, colour = ink.soft): void => {
    context.fillStyle = colour;
    context.fillText(words, 0, y, lane.gutter - 8);
  };
  write(t("lane_probability"), lane.probability[0] + 8, ink.ink);
  context.textAlign = "right";
  context.fillStyle = ink.soft;
  context.fillText("1", lane.gutter - 6, lane.probability[0] + 4);
  context.fillText("0", lane.gutter - 6, lane.probability[1] - 4);
  if (session.affect.length && !narrow) context.fillText(affectTop(session.affect).toFixed(2), lane.gutter - 6, lane.affect[0][0] + 5);
  context.textAlign = "left";
  session.track.affect.names.forEach((name, k) => write(serverWords("affect", name), mid(lane.affect[k])));
  write(t("lane_events"), mid(lane.events));
  write(t("lane_decisions"), mid(lane.decisions));
  session.order.forEach((unit, place) => {
    const y = lane.units + place * UNIT_ROW + UNIT_ROW / 2;
    write(`AU${UNITS[unit]}`, y, ink.ink);
    if (narrow) return;
    context.fillStyle = ink.soft;
    context.fillText(unitName(UNITS[unit]), 42, y, lane.gutter - 50);
  });
}
