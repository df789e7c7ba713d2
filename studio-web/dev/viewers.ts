/** Two hundred viewers who are nobody: probabilities that wander, faces that come and go, decisions. */
import { UNITS } from "../src/api/channels.ts";
import type { Decision, LastDecision, Outcome, Viewer, WallMessage } from "../src/api/types.ts";
import { CATALOGUE, verdicts } from "./catalogue.ts";
import { chance, pick } from "./chance.ts";

const ROOMS = ["Lamps, evening show", "Tea & porcelain", "冬季外套专场", "Running shoes"];
const HISTORY = 120;

interface Fake {
  viewer: Viewer;
  history: (number | null)[];
  drive: number;
  unreadFor: number;
  coolDown: number;
}

export class Viewers {
  readonly decisions: Decision[] = [];
  private readonly draw = chance(7);
  private readonly all: Fake[] = [];
  private made = 0;

  constructor(
    count: number,
    private readonly on: () => boolean,
  ) {
    for (let k = 0; k < count; k++) this.all.push(this.arrive(40 + Math.floor(this.draw() * 1500)));
    for (let second = 0; second < HISTORY + 60; second++) this.step();
  }

  first(): WallMessage {
    return { type: "wall", ...this.common(), viewers: this.all.map(({ viewer, history }) => ({ ...viewer, history: history.slice(-HISTORY) })) } as WallMessage;
  }

  tick(): WallMessage {
    this.step();
    const gone: string[] = [];
    if (this.all.length > 5 && this.draw() < 0.12) {
      const [left] = this.all.splice(Math.floor(this.draw() * this.all.length), 1, this.arrive(0));
      gone.push(left.viewer.session);
    }
    const changed = this.all.filter(({ viewer }) => viewer.state !== "away").map(({ viewer }) => viewer);
    return { type: "tick", ...this.common(), viewers: changed, gone } as WallMessage;
  }

  private common(): object {
    const recent = this.decisions.slice(0, 60);
    const of = (outcome: Outcome): number => recent.filter((one) => one.outcome === outcome).length;
    const counts = {
      viewers: this.all.length,
      reading: this.all.filter(({ viewer }) => viewer.state === "reading").length,
      told_a_minute: this.all.length * 52,
      decisions_a_minute: recent.length,
      shown_a_minute: of("shown"),
      refused_a_minute: of("refused"),
      p99_ms: 38 + this.draw() * 12,
    };
    return { now: new Date().toISOString(), counts };
  }

  private arrive(second: number): Fake {
    const k = this.made++;
    const label = k === 3 ? "viewer-with-a-very-long-pseudonym-0003" : k === 5 ? "观众 0005" : `viewer ${String(k).padStart(4, "0")}`;
    const viewer: Viewer = {
      session: `s-${(k * 2654435761 >>> 0).toString(16).padStart(8, "0")}`,
      room: ROOMS[k % ROOMS.length],
      label,
      since_s: second,
      second,
      probability: 0.2,
      state: k % 17 === 9 ? "paused" : k % 29 === 11 ? "away" : "reading",
      read: 1,
      confidence: 0.6 + 0.4 * this.draw(),
      frames_per_s: 18 + Math.floor(this.draw() * 12),
      dropped: Math.floor(this.draw() * 40),
      reasons: [],
      held_out: this.draw() < 0.1,
      last: null,
    };
    return { viewer, history: [], drive: this.draw() * 0.5, unreadFor: 0, coolDown: 0 };
  }

  private step(): void {
    for (const fake of this.all) this.stepOne(fake);
  }

  private stepOne(fake: Fake): void {
    const { viewer } = fake;
    const { draw } = this;
    viewer.second++;
    viewer.since_s++;
    fake.coolDown--;
    if (draw() < 0.012) fake.drive = 0.1 + draw() * 0.85;
    if (draw() < 0.008) fake.unreadFor = 3 + Math.floor(draw() * 14);
    fake.unreadFor--;
    const reads = viewer.state === "reading" && fake.unreadFor <= 0 && this.on();
    const before = viewer.probability ?? fake.history.findLast((value) => value !== null) ?? 0.2;
    const next = Math.min(0.98, Math.max(0.01, before + (fake.drive - before) * 0.14 + (draw() - 0.5) * 0.07));
    viewer.probability = reads ? Math.round(next * 1000) / 1000 : null;
    viewer.read = Math.min(1, Math.max(0, viewer.read + (reads ? 0.25 : -0.25)));
    fake.history.push(viewer.probability);
    if (fake.history.length > HISTORY) fake.history.shift();
    viewer.reasons = viewer.reasons.map((one) => ({ ...one, seconds_ago: one.seconds_ago + 1 })).filter((one) => one.seconds_ago < 30);
    if (reads && draw() < 0.12) this.flash(viewer);
    if (viewer.probability !== null && viewer.probability > 0.5 && fake.coolDown < 0) {
      fake.coolDown = 25 + Math.floor(draw() * 60);
      this.decide(viewer);
    } else if (viewer.last?.outcome === "shown" && viewer.second - viewer.last.second === 2) {
      viewer.last = { ...viewer.last, exposed: true };
    }
  }

  private flash(viewer: Viewer): void {
    const unit = pick(UNITS, this.draw);
    const energy = 0.15 + 0.8 * this.draw();
    const rest = viewer.reasons.filter((one) => one.unit !== unit);
    viewer.reasons = [{ unit, seconds_ago: 0, energy, log_odds: energy * 1.4 - 0.1 }, ...rest].sort((a, b) => b.energy - a.energy).slice(0, 3);
  }

  private decide(viewer: Viewer): void {
    const { draw } = this;
    const refusing = viewer.held_out ? ["holdout"] : draw() < 0.45 ? [pick(["cool_down", "confidence", "frequency_cap", "jurisdiction"], draw)] : [];
    if (refusing[0] === "cool_down" && draw() < 0.3) refusing.push("frequency_cap");
    const outcome: Outcome = refusing.length ? "refused" : draw() < 0.5 ? "control" : "shown";
    const intervention = pick(CATALOGUE, draw).name;
    const all = verdicts(refusing);
    const refusals = all.filter((one) => !one.allowed).map(({ guard, reason }) => ({ guard, reason }));
    const last: LastDecision = { second: viewer.second, intervention, outcome, refusals, exposed: false };
    viewer.last = last;
    this.decisions.unshift({
      id: this.decisions.length + 1,
      at: new Date().toISOString(),
      second: viewer.second,
      session: draw() < 0.03 ? null : viewer.session,
      intervention,
      arm: outcome === "control" ? "control" : "treated",
      outcome,
      propensity: 0.5,
      probability: viewer.probability,
      verdicts: all,
      model: "tcn-stream/1",
      policy: "default/3",
      catalogue: "9f2c11",
      exposed_at: outcome === "shown" && draw() < 0.8 ? new Date().toISOString() : null,
    });
  }
}
