/** One face followed frame by frame: from its views to the 128 channels of each frame. */

import { ACTION_UNITS, COUNT, indexOf, unitChannels, UNITS, VALID } from "../core/channels";
import { Stages } from "../core/stages";
import type { FaceView } from "../face/view";
import { insidePicture } from "../motion/regions";
import { FeatureMaker } from "./features";
import { BriefEnergy } from "./filters";
import { clearness, HIDDEN_BELOW, type Head, type HeadReading } from "./head";
import { Hold } from "./hold";

const columns = (kind: string): [Int32Array, Int32Array] => [unitChannels(`${kind}_left`), unitChannels(`${kind}_right`)];

const INTENSITY = columns("intensity");
const VELOCITY = columns("velocity");
const ENERGY = columns("energy");
const CONFIDENCE = unitChannels("confidence");
const FACE = ["yaw", "pitch", "roll", "gaze_x", "gaze_y", "face_size", "brightness", "noise"].map(indexOf);

const EYES = ACTION_UNITS.indexOf(45);
/** Eyes that are shut for longer look nowhere. */
const BLINK_S = 0.4;
const NOWHERE = [NaN, NaN] as const;

/** Makes 128 channels of each view of one face, looking only back. */
export class UnitReader {
  private readonly features: FeatureMaker;
  private readonly hold = new Hold();
  private readonly brief = new BriefEnergy();
  private gaze: readonly [number, number] = NOWHERE;
  private gazeS = -Infinity;

  constructor(
    private readonly head: Head,
    private readonly stages = new Stages(),
  ) {
    this.features = new FeatureMaker(stages);
  }

  /** The 128 channels of one frame. */
  async step(view: FaceView): Promise<Float32Array> {
    const features = this.features.step(view);
    const inside = insidePicture(view.points68, view.sizePx);
    const seen = view.seen.map((share, unit) => Math.min(share, inside[unit]));
    if (view.gaze.every(Number.isFinite) && seen[EYES] >= HIDDEN_BELOW) {
      this.gaze = view.gaze;
      this.gazeS = view.timeS;
    } else if (view.timeS - this.gazeS > BLINK_S) {
      this.gaze = NOWHERE;
    }
    const clear = clearness(view.pose, view.quality.blur);
    const reading = await this.stages.wait("head", () => this.head.read(features.vectors, seen, clear));
    return this.stages.run("filters", () => {
      const intensity = this.hold.step(view.timeS, reading.intensity, reading.moving, features.alone);
      const energy = this.brief.step(view.timeS, intensity);
      return rowOf(view, { ...reading, intensity }, energy, this.gaze);
    });
  }
}

/** The 128 channels of a frame that was read. */
function rowOf(
  { pose, quality }: FaceView,
  reading: HeadReading,
  energy: Float32Array,
  gaze: readonly [number, number],
): Float32Array {
  const row = new Float32Array(COUNT);
  for (let unit = 0; unit < UNITS; unit++) {
    for (let side = 0; side < 2; side++) {
      row[INTENSITY[side][unit]] = reading.intensity[2 * unit + side];
      row[VELOCITY[side][unit]] = reading.velocity[2 * unit + side];
      row[ENERGY[side][unit]] = energy[2 * unit + side];
    }
    row[CONFIDENCE[unit]] = reading.confidence[unit];
  }
  const face = [pose.yaw, pose.pitch, pose.roll, ...gaze, quality.faceSize, quality.brightness, quality.noise];
  FACE.forEach((column, i) => (row[column] = face[i]));
  row[VALID] = 1;
  return row;
}
