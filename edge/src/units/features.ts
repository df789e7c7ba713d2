/**
 * What the head is told of one frame: distance from the neutral, geometry, looks, and how well all was seen.
 *
 * One flow is measured for each frame: from the person's neutral, less what the head's turn alone would do. How that
 * distance changes, over the last 1/30 s and over the last tenth of a second, is the face's motion.
 */

import { Stages } from "../core/stages";
import { place } from "../face/pose";
import { points68 } from "../face/points68";
import { toCropPoints, type FaceView } from "../face/view";
import { displacements } from "../motion/descriptors";
import { lucasKanade, pyramid, type FlowField } from "../motion/flow";
import { removeHeadMotion } from "../motion/head";
import * as planes from "../motion/planes";
import { vectorsOf, type Seen } from "./feature_vector";
import { HIDDEN_BELOW } from "./head";
import { firstNeutral, NeutralLearner, type Look, type Neutral } from "./neutral";
import { depthOrigin, unturn } from "./unturn";

/** Motion is measured over this time, or one frame where frames are further apart ... */
const QUICK_S = 1 / 30;
/** ... and over this. */
const SLOW_S = 0.1;
/** After a longer break there is no motion to speak of: what was before is forgotten. */
const GAP_S = 0.25;
const SLACK_S = 0.004;

/** One frame's vectors. */
export interface FrameFeatures {
  /** (2, SIZE): left, right. */
  vectors: Float32Array;
  /** Mean motion of the face's skin. */
  speedPxS: number;
  /** Nothing before can be compared: the first frame, after a break, or against a new neutral. */
  alone: boolean;
}

/** How a face was at one time. */
interface Past {
  timeS: number;
  /** From its neutral. */
  away: FlowField;
  distance: Float32Array;
  code: Float32Array;
  /** (68, 2): the head's turn taken back. */
  points68: Float32Array;
}

/** Follows one face and makes its vectors, looking only back. */
export class FeatureMaker {
  private readonly learner = new NeutralLearner();
  private past: Past[] = [];

  constructor(private readonly stages = new Stages()) {}

  /** The face's neutral so far. */
  get neutral(): Neutral | null {
    return this.learner.neutral;
  }

  /** The vectors of the face's next frame that could be read. */
  step(view: FaceView): FrameFeatures {
    const look = lookOf(view);
    const neutral = this.neutral ?? firstNeutral(look);
    let [now, moved, rateHz] = this.stages.run("flow", () => {
      this.forgetBefore(look.timeS);
      return this.compared(pastOf(neutral, look, view));
    });
    const speedPxS = meanLength(moved) * rateHz;
    const hidden = view.seen.reduce((count, seen) => count + (seen < HIDDEN_BELOW ? 1 : 0), 0);
    const learnt = this.stages.run("neutral", () =>
      this.learner.step(look, moved === null ? null : speedPxS, hidden),
    );
    if (learnt.look !== neutral.look) {
      [now, moved, rateHz] = this.stages.run("flow", () =>
        this.compared(this.heldAgainst(learnt, now, pastOf(learnt, look, view))),
      );
    }
    const vectors = this.stages.run("descriptors", () =>
      vectorsOf(this.seen(view, look, learnt, now, moved, rateHz)),
    );
    const alone = this.past.length === 0;
    this.past.push(now);
    return { vectors, speedPxS, alone };
  }

  /** This frame against its new neutral; what is known of the frames before is held against it too. */
  private heldAgainst(neutral: Neutral, before: Past, now: Past): Past {
    if (neutral.frames === 1) {
      // All distances are from another face now: there is no telling how they changed.
      this.past = [];
      return now;
    }
    this.past = this.past.map((then) => ({
      ...then,
      away: {
        ...then.away,
        u: then.away.u.map((u, i) => u + now.away.u[i] - before.away.u[i]),
        v: then.away.v.map((v, i) => v + now.away.v[i] - before.away.v[i]),
      },
      distance: then.distance.map((at, i) => at + now.distance[i] - before.distance[i]),
    }));
    return now;
  }

  private forgetBefore(timeS: number): void {
    const { past } = this;
    if (past.length > 0 && timeS - past[past.length - 1].timeS > GAP_S) past.length = 0;
    while (past.length > 1 && timeS - past[1].timeS >= SLOW_S - SLACK_S) past.shift();
  }

  /** The last frame at least so long ago, or the oldest there is; null where there is none. */
  private then(now: Past, overS: number): Past | null {
    for (let i = this.past.length - 1; i >= 0; i--) {
      if (now.timeS - this.past[i].timeS >= overS - SLACK_S) return this.past[i];
    }
    return this.past[0] ?? null;
  }

  private seen(
    view: FaceView,
    look: Look,
    neutral: Neutral,
    now: Past,
    moved: FlowField | null,
    rateHz: number,
  ): Seen {
    const just = this.then(now, QUICK_S);
    const before = this.then(now, SLOW_S);
    return {
      view,
      look,
      neutral,
      distance: now.distance,
      quick: change(now, just, "distance"),
      slow: change(now, before, "distance"),
      codeChange: change(now, before, "code"),
      geometryChange: change(now, before, "points68"),
      moved,
      rateHz,
    };
  }

  /** The skin's motion since about `QUICK_S` ago, and one over the time it took. */
  private compared(now: Past): [Past, FlowField | null, number] {
    const then = this.then(now, QUICK_S);
    if (then === null) return [now, null, 0];
    const { grid, u, v, weight } = now.away;
    const moved = {
      grid,
      u: u.map((at, i) => at - then.away.u[i]),
      v: v.map((at, i) => at - then.away.v[i]),
      weight: weight.map((trust, i) => Math.min(trust, then.away.weight[i])),
    };
    return [now, moved, 1 / (now.timeS - then.timeS)];
  }
}

function pastOf(neutral: Neutral, look: Look, view: FaceView): Past {
  const away = awayFrom(neutral, look, view);
  const points = new Float32Array(2 * 68);
  for (let i = 0; i < 68; i++) {
    points[2 * i] = look.points68[3 * i];
    points[2 * i + 1] = look.points68[3 * i + 1];
  }
  const distance = displacements(away, neutral.ready.samples);
  return { timeS: look.timeS, away, distance, code: look.code, points68: points };
}

/** How fast something changes, a second; null where nothing was before. */
function change(now: Past, then: Past | null, what: "distance" | "code" | "points68"): Float32Array | null {
  if (then === null) return null;
  const rateHz = 1 / (now.timeS - then.timeS);
  return now[what].map((at, i) => (at - then[what][i]) * rateHz);
}

function meanLength(moved: FlowField | null): number {
  if (moved === null) return 0;
  let length = 0, weights = 0;
  for (let i = 0; i < moved.weight.length; i++) {
    length += Math.sqrt(moved.u[i] ** 2 + moved.v[i] ** 2) * moved.weight[i];
    weights += moved.weight[i];
  }
  return length / Math.max(weights, 1e-6);
}

/** What a neutral could be made of, from a view. */
export function lookOf(view: FaceView): Look {
  const { mesh, pose, toCrop } = view;
  const origin = depthOrigin(mesh, pose);
  // The refined points with the mesh's depth.
  const points = points68(mesh, 3);
  for (let i = 0; i < 68; i++) {
    points[3 * i] = view.points68[2 * i];
    points[3 * i + 1] = view.points68[2 * i + 1];
  }
  return {
    timeS: view.timeS,
    luma: view.luma,
    mesh: unturn(mesh, pose, origin),
    meshCrop: toCropPoints(mesh, 3, toCrop),
    points68: unturn(points, pose, origin),
    points68Crop: toCropPoints(view.points68, 2, toCrop),
    turned: Float32Array.of(pose.yaw, pose.pitch, pose.roll),
    still: view.still,
    code: view.code,
  };
}

/** Flow from the neutral to a frame, less what the turn of the head alone would do. */
export function awayFrom(neutral: Neutral, look: Look, view: FaceView): FlowField {
  const { spread, picture, steady } = neutral.ready;
  const turned = toCropPoints(place(view.pose, neutral.look.mesh), 2, view.toCrop);
  const resting = neutral.look.meshCrop;
  const column = (points: Float32Array, axis: number): Float32Array =>
    spread.spread(Float32Array.from({ length: points.length / 2 }, (_, i) => points[2 * i + axis] - resting[2 * i + axis]));
  const start = [column(look.meshCrop, 0), column(look.meshCrop, 1)] as const;
  const field = lucasKanade(picture, pyramid(look.luma), start, spread.grid);
  for (const [axis, plane] of [field.u, field.v].entries()) {
    const byTurn = planes.stretch(column(turned, axis), spread.grid, field.grid);
    for (let i = 0; i < plane.length; i++) plane[i] -= byTurn[i];
  }
  removeHeadMotion(field, steady);
  return field;
}
