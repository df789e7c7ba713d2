/**
 * The person's own neutral: the calmest this face has been seen, learnt while looking.
 *
 * Each frame gets an activity (how far it looks from rest by itself, and how fast it moves). The neutral is at first
 * the first frame, is replaced by a clearly calmer one, averaged with frames about as calm, and allowed to age.
 * Python's `units/neutral.py` gives the rules their reasons.
 */

import { pyramid, reference, type Reference } from "../motion/flow";
import { steadyMask } from "../motion/head";
import { regionSamples } from "../motion/regions";
import { Spreader } from "../motion/spread";

/** What a frame shows of a face, as far as a neutral is made of it. */
export interface Look {
  timeS: number;
  /** (224, 224), the crop. */
  luma: Float32Array;
  /** (468, 3): the mesh with the head's turn taken back. */
  mesh: Float32Array;
  /** (468, 2): the same points in the crop. */
  meshCrop: Float32Array;
  /** (68, 3): the refined points with the head's turn taken back. */
  points68: Float32Array;
  /** (68, 2). */
  points68Crop: Float32Array;
  /** (3,): yaw, pitch, roll, radians. */
  turned: Float32Array;
  /** (17, 2): what the units look like in this picture alone. */
  still: Float32Array;
  /** (CODE, 2): what the refinement network makes of each half. */
  code: Float32Array;
}

const AVERAGED = ["luma", "mesh", "meshCrop", "points68", "points68Crop", "turned", "still", "code"] as const;

/** A frame this much calmer takes the neutral's place. */
const CALMER_BY = 0.05;
/** A frame no more active than the neutral plus this is averaged in ... */
const AS_CALM_BY = 0.03;
/** ... if the head is turned no further than this from where the neutral was seen. */
const TURNED_BY_RAD = 0.1;
/** Frames averaged at most. */
const FRAMES = 20;
/** Frames closer in time hold the same noise of the codec; they are passed over. */
const EVERY_S = 0.2;
/** Activity that the neutral is charged for each second since it last changed. */
const AGES_BY = 0.001;
/** A face's activity is averaged over this. */
const USUAL_S = 0.3;
/** So much calmer than it is a frame looks at most by noise. */
const LUCKY = 0.05;
/** From fewer frames it is not told how calm a face is. */
const FEW = 2;
/** So many more regions out of sight than in the neutral: something is before the face. */
const COVERED = 3;
/** Activity that a neutral is charged which shows so much less of the face. */
const HALF_SEEN = 0.5;
/** After so many frames in a row with nothing just before them, that is how this face comes. */
const ALL_ALONE = 3;
/** Skin that moves this fast makes a frame as active as one unit at its fullest. */
const MOVES_AT_PX_S = 60;

/** What is computed of a look once, for as long as it is the neutral's. */
class Ready {
  /** Where flow is read in each region. */
  readonly samples: Float32Array;
  /** Where the face moves with the head alone. */
  readonly steady: Float32Array;
  readonly spread: Spreader;
  /** The picture, ready to measure motion from. */
  readonly picture: Reference;

  constructor(look: Look) {
    this.samples = regionSamples(look.points68Crop);
    this.steady = steadyMask(look.points68Crop);
    this.spread = new Spreader(look.meshCrop);
    this.picture = reference(pyramid(look.luma));
  }
}

/** A face at its calmest. */
export class Neutral {
  private made: Ready | null = null;

  constructor(
    readonly look: Look,
    readonly activity: number,
    readonly frames: number,
  ) {}

  /** What is computed from it, when it is first asked for. */
  get ready(): Ready {
    this.made ??= new Ready(this.look);
    return this.made;
  }

  /** The same look with another activity. */
  as(activity: number): Neutral {
    const same = new Neutral(this.look, activity, this.frames);
    same.made = this.made;
    return same;
  }
}

/** How far a frame is from rest: units that show by themselves (17, 2), and motion, crop pixels a second. */
export function activityOf(still: Float32Array, speedPxS: number): number {
  let shown = 0;
  for (const value of still) shown += Math.max(0, Math.min(1, value)) / 2;
  return shown + speedPxS / MOVES_AT_PX_S;
}

/** The first frame, until a calmer one comes: how it moved nobody knows. */
export const firstNeutral = (look: Look): Neutral => new Neutral(look, activityOf(look.still, 0), 1);

/** The neutral after one more frame. */
function learn(neutral: Neutral, look: Look, activity: number): Neutral {
  const ageS = look.timeS - neutral.look.timeS;
  if (activity < neutral.activity + AGES_BY * ageS - CALMER_BY) return new Neutral(look, activity, 1);
  if (ageS < EVERY_S || neutral.frames >= FRAMES) return neutral;
  const turnedRad = Math.max(...look.turned.map((angle, i) => Math.abs(angle - neutral.look.turned[i])));
  if (activity > neutral.activity + AS_CALM_BY || turnedRad > TURNED_BY_RAD) return neutral;
  return averaged(neutral, look, activity);
}

function averaged(neutral: Neutral, look: Look, activity: number): Neutral {
  const share = Math.fround(1 / (neutral.frames + 1));
  const mean: Look = { ...neutral.look, timeS: look.timeS };
  for (const name of AVERAGED) {
    const now = look[name];
    mean[name] = neutral.look[name].map((old, i) => old + share * (now[i] - old));
  }
  return new Neutral(mean, neutral.activity + share * (activity - neutral.activity), neutral.frames + 1);
}

/** Learns the neutral of one face, frame by frame. */
export class NeutralLearner {
  neutral: Neutral | null = null;
  private usual = 0;
  private usualS = -Infinity;
  /** Activity and the part of it that is motion, of the frames by which the first is judged. */
  private readonly afterFirst: [number, number][] = [];
  private judged = false;
  private alone = 0;
  private hidden = 0;

  /**
   * The neutral after one more frame.
   *
   * @param speedPxS mean motion of the face's skin; null where there is nothing just before to compare with
   * @param hidden regions that are not in sight
   */
  step(look: Look, speedPxS: number | null, hidden: number): Neutral {
    this.alone = speedPxS === null ? this.alone + 1 : 0;
    if (this.neutral === null) {
      this.hidden = hidden;
      return (this.neutral = firstNeutral(look));
    }
    if (hidden >= this.hidden + COVERED || (this.alone > 0 && this.alone < ALL_ALONE)) return this.neutral;
    const activity = this.steady(look.timeS, activityOf(look.still, speedPxS ?? 0));
    const uncovered = hidden <= this.hidden - COVERED;
    if (!this.judged && !uncovered) {
      this.judge(this.neutral, look.timeS, activity, (speedPxS ?? 0) / MOVES_AT_PX_S);
      return this.neutral;
    }
    const held = uncovered ? this.neutral.as(this.neutral.activity + HALF_SEEN) : this.neutral;
    const learnt = learn(held, look, activity);
    if (learnt.look === look) {
      this.hidden = hidden;
      this.judged = true;
      this.neutral = learnt;
    } else if (!uncovered) {
      this.neutral = learnt;
    }
    return this.neutral;
  }

  /** How the first frame moved nobody knows: about as the calmest just after it, luck allowed for. */
  private judge(first: Neutral, timeS: number, activity: number, motion: number): void {
    if (timeS - first.look.timeS < USUAL_S) {
      this.afterFirst.push([activity, motion]);
      return;
    }
    this.judged = true;
    if (this.afterFirst.length < FEW) return;
    const calmest = Math.min(...this.afterFirst.map(([after]) => after));
    const most = first.activity + LUCKY + Math.min(...this.afterFirst.map(([, moved]) => moved));
    this.neutral = first.as(Math.max(first.activity, Math.min(calmest, most)));
  }

  /** How active a face is, lucky frames not counted: the more of this frame's and of what is usual. */
  private steady(timeS: number, activity: number): number {
    const share = 1 - Math.exp(-(timeS - this.usualS) / USUAL_S);
    this.usual += share * (activity - this.usual);
    this.usualS = timeS;
    return Math.max(activity, this.usual);
  }
}
