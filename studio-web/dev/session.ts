/** One made-up session: rows that move a face, and the track beside them. */
import { COUNT, energy, GAZE_X, GAZE_Y, intensity, PITCH, RATE_HZ, ROLL, UNITS, VALID, YAW } from "../src/api/channels.ts";
import type { Act, Decision, Track } from "../src/api/types.ts";
import { verdicts } from "./catalogue.ts";
import { chance, pick } from "./chance.ts";

const BLINK = UNITS.indexOf(45);
/** Units that come together: smiles, surprise, doubt, dislike. */
const TOGETHER = [[6, 12], [6, 12, 25], [1, 2, 5, 26], [4, 7], [1, 4, 15], [9, 10], [14], [17, 23], [12, 25, 26], [20], [15, 17]];

/** The camera's clock is ahead of the log's. */
export const VIDEO_OFFSET_S = 0.4;

/** Where a session that was kept late, and for longer than is shown, begins and ends, seconds. */
export const LATE = { from_s: 7200, kept_until_s: 7200 + 11 * 3600 };

export interface FakeSession {
  rows: Float32Array;
  track: Track;
}

export function fakeSession(durationS: number, seed: number): FakeSession {
  const draw = chance(seed);
  const rows = new Float32Array(durationS * RATE_HZ * COUNT);
  const acts: Act[] = [];
  for (let at = 1; at < durationS - 4; at += 0.8 + draw() * 4) act(rows, acts, at, draw, durationS);
  for (let at = 2; at < durationS; at += 2 + draw() * 3.5) bump(rows, BLINK, [1, 1], at, 0.1, 0.1, 1);
  const gaps: [number, number][] = [[durationS * 0.31, durationS * 0.31 + 5], [durationS * 0.72, durationS * 0.72 + 9]];
  for (let row = 0; row < durationS * RATE_HZ; row++) {
    const timeS = (row + 1) / RATE_HZ;
    const at = row * COUNT;
    if (gaps.some(([from, to]) => timeS > from && timeS < to)) {
      rows.fill(Number.NaN, at, at + COUNT);
      rows[at + VALID] = 0;
      continue;
    }
    rows[at + YAW] = 0.16 * Math.sin(timeS / 5.1) + 0.08 * Math.sin(timeS / 1.9);
    rows[at + PITCH] = 0.07 * Math.sin(timeS / 3.7);
    rows[at + ROLL] = 0.05 * Math.sin(timeS / 6.3);
    rows[at + GAZE_X] = 0.16 * Math.sign(Math.sin(timeS / 2.2));
    rows[at + GAZE_Y] = -0.06 + 0.05 * Math.sign(Math.sin(timeS / 3.1));
    rows[at + VALID] = 1;
  }
  return { rows, track: fakeTrack(durationS, draw, gaps, acts) };
}

function act(rows: Float32Array, acts: Act[], at: number, draw: () => number, durationS: number): void {
  const micro = draw() < 0.35;
  const riseS = micro ? 0.15 : 0.4 + draw() * 0.5;
  const holdS = micro ? 0.1 : 0.5 + draw() * 2;
  const most = micro ? 0.25 + 0.3 * draw() : 0.35 + 0.6 * draw();
  const lopsided = draw();
  const sides: [number, number] = lopsided < 0.15 ? [1, 0.15] : lopsided > 0.85 ? [0.15, 1] : [1, 0.92];
  for (const unit of pick(TOGETHER, draw)) {
    bump(rows, UNITS.indexOf(unit as (typeof UNITS)[number]), sides, at + riseS, riseS, holdS, most);
    const side = sides[0] < 0.5 ? "right" : sides[1] < 0.5 ? "left" : "both";
    acts.push({ unit, side, onset_s: at, apex_s: at + riseS, offset_s: Math.min(durationS, at + 2 * riseS + holdS), micro });
  }
}

/** A rise to `most`, a hold and a fall, on both sides by their shares. */
function bump(rows: Float32Array, unit: number, sides: [number, number], apexS: number, riseS: number, holdS: number, most: number): void {
  const from = Math.max(0, Math.floor((apexS - riseS) * RATE_HZ));
  const to = Math.min(rows.length / COUNT - 1, Math.ceil((apexS + holdS + riseS) * RATE_HZ));
  for (let row = from; row <= to; row++) {
    const timeS = row / RATE_HZ;
    const away = timeS < apexS ? (apexS - timeS) / riseS : timeS > apexS + holdS ? (timeS - apexS - holdS) / riseS : 0;
    const level = most * Math.max(0, 0.5 + 0.5 * Math.cos(Math.PI * Math.min(1, away)));
    sides.forEach((share, side) => {
      const column = row * COUNT + intensity(unit, side);
      rows[column] = Math.max(rows[column], level * share);
      rows[row * COUNT + energy(unit, side)] = rows[column] * (riseS < 0.2 ? 0.9 : 0.3);
    });
  }
}

function fakeTrack(durationS: number, draw: () => number, gaps: [number, number][], acts: Act[]): Track {
  const unread = (timeS: number): boolean => gaps.some(([from, to]) => timeS > from && timeS < to);
  const seconds = Array.from({ length: durationS }, (_, second) => second);
  let level = 0.2;
  let drive = 0.3;
  const walk = seconds.map(() => {
    if (draw() < 0.04) drive = 0.1 + 0.8 * draw();
    level += (drive - level) * 0.12 + (draw() - 0.5) * 0.06;
    return Math.min(0.97, Math.max(0.02, level));
  });
  const affect = [0, 1, 2, 3].map((k) => seconds.map((second) => (unread(second) ? null : Math.max(0, 0.35 * Math.sin(second / (4 + 3 * k) + k) + 0.2 * draw()))));
  const decisions = seconds.filter((second) => walk[second] > 0.55 && second % 23 === 7).map((second, k): Decision => {
    const refusing = k % 3 === 1 ? ["cool_down"] : [];
    const outcome = refusing.length ? "refused" : k % 3 === 0 ? "shown" : "control";
    return {
      id: 9000 + k, at: new Date(Date.now() - 3.6e6 + second * 1000).toISOString(), second, session: null, intervention: k % 2 ? "bought_note" : "ready_checkout",
      arm: outcome === "control" ? "control" : "treated", outcome, propensity: 0.5, probability: walk[second], verdicts: verdicts(refusing),
      model: "tcn-stream/1", policy: "default/3", catalogue: "9f2c11", exposed_at: null,
    };
  });
  return {
    from_s: 0,
    duration_s: durationS,
    kept_until_s: durationS,
    affect: { names: ["hesitation", "desire", "surprise", "disengagement"], every_s: 1, values: affect },
    probability: seconds.map((second) => (unread(second) ? null : walk[second])),
    events: [[0.09, "view_item", "lamp-7"], [0.28, "chat", null], [0.44, "view_item", "lamp-9"], [0.6, "add_to_cart", "lamp-9"], [0.83, "begin_checkout", "lamp-9"], [0.91, "purchase", "lamp-9"]].map(
      ([share, type, product]) => ({ time_s: Math.round((share as number) * durationS), type: type as string, product: product as string | null }),
    ),
    acts,
    decisions,
    video_offset_s: VIDEO_OFFSET_S,
  };
}
