/**
 * From frames to the one face that is read: find it, follow it, say where its points lie and how the head stands.
 *
 * Detection is costly and rare: only while no face is followed. Of several faces the largest is taken, and followed
 * by its own landmarks until it is lost. Where the picture is cut, or another face stands where one was lost, a new
 * name is given; a face that comes back is known again and gets its old one. The rules are Python's
 * (`face/reader.py`), less those of further faces.
 */

import { Stages } from "../core/stages";
import type { Picture } from "../picture/picture";
import { inverse } from "../picture/warp";
import { align, cut, cutLuma } from "./align";
import { areaOf, overlap, type Detection, type Detector } from "./blazeface";
import { gaze } from "./gaze";
import { IrisFollower, type ReadsIris } from "./iris";
import { goesOn } from "./looks";
import type { Mesh } from "./mesh";
import { points68 } from "./points68";
import { fitPose } from "./pose";
import { quality } from "./quality";
import type { Refined } from "./refine_net";
import { findAgain, glimpse, wasCut } from "./signature";
import { squareFromBox, squareFromPoints, type Square } from "./square";
import { boxOf, inPicture, Track, type Found } from "./track";
import { toCropPoints, type FaceView } from "./view";

const LEAST_PRESENCE = 0.5;
/** Of the rigid fit, eyes' distances. */
const MOST_RESIDUAL = 0.12;
const MOST_TURN_RAD = (60 * Math.PI) / 180;
/** Overlap of two boxes that show one face. */
const SAME_FACE = 0.3;
/** A face found where one was lost so recently is that one. */
const JUST_LEFT_S = 0.5;
/** Nearly frontal frames after which it is decided whether a face has come back ... */
const ENOUGH = 8;
/** ... and when it is decided at the latest; until then the face gives no view. */
const LONG_ENOUGH_S = 1;
/** Readings of a new face's first frame until its square stands still. */
const LOOKS = 5;
/** Faces that left and may come back. */
const REMEMBERED = 8;

/** One picture and when it was shown. */
export interface Frame {
  /** Seconds from the start, strictly increasing. */
  timeS: number;
  picture: Picture;
}

/** What a face reader is made of. */
export interface FaceParts {
  detector: Detector;
  faceMesh: { read(picture: Picture, square: Square): Promise<Mesh> };
  iris: ReadsIris;
  refiner: { refine(luma: Float32Array, mesh68: Float32Array): Promise<Refined> };
}

/** Reads the largest face of one stream of pictures, frame after frame, looking only back. */
export class FaceReader {
  private followed: Track | null = null;
  private lost: Track[] = [];
  private names = 0;

  constructor(
    private readonly parts: FaceParts,
    private readonly stages = new Stages(),
  ) {}

  /** Names of the face in the picture and of those that left but would be known again. */
  get remembered(): readonly string[] {
    return [...(this.followed ? [this.followed] : []), ...this.lost].map((track) => track.name);
  }

  /** The face of one frame; null where none was found that can be read. */
  async step(frame: Frame): Promise<FaceView | null> {
    let found = await this.follow(frame);
    if (this.followed === null) found = await this.detect(frame);
    const track: Track | null = this.followed;
    if (found === null || track === null || !this.settle(track, found, frame)) return null;
    return this.view(frame, track, found);
  }

  private async follow(frame: Frame): Promise<Found | null> {
    const track = this.followed;
    if (track === null || track.square === null) return null;
    const seen = await this.read(frame.picture, track.square);
    const cutAway = seen !== null && this.wasCut(track, seen, frame);
    if (seen !== null && !cutAway) {
      this.keep(track, seen, frame.timeS);
      return seen;
    }
    this.lose(track);
    // Who stands there now is known by looks alone, not because somebody just did.
    if (cutAway) track.seenS = -Infinity;
    return null;
  }

  /** Whether another face stands where this one was; looked at closely only where much has changed. */
  private wasCut(track: Track, { glimpse, mesh, fit: { pose } }: Found, { timeS, picture }: Frame): boolean {
    if (!wasCut(track.glimpse, glimpse)) return false;
    return !goesOn(track.looks, { timeS, mesh, pose, luma: cutLuma(picture, align(pose)) });
  }

  private async detect(frame: Frame): Promise<Found | null> {
    const detections = await this.stages.wait("detect", () => this.parts.detector.detect(frame.picture));
    // The largest face that can be read: a poster on the wall is no viewer.
    for (const detection of [...detections].sort((a, b) => areaOf(b.box) - areaOf(a.box))) {
      const found = await this.start(frame, detection);
      if (found !== null) return found;
    }
    return null;
  }

  /** Follow a face by its landmarks from here on, if they are there: one lost here just now, or a new one. */
  private async start({ timeS, picture }: Frame, detection: Detection): Promise<Found | null> {
    const { box, points } = detection;
    // The detector counts from the first pixel's corner.
    const moved = box.map((edge) => edge - 0.5);
    const square = squareFromBox(moved, [points[0], points[1]], [points[2], points[3]]);
    let seen = await this.read(picture, square);
    for (let look = 0; look < LOOKS && seen !== null; look++) {
      seen = await this.read(picture, squareFromPoints(seen.mesh));
    }
    if (seen === null) return null;
    let track = this.justLost(box, timeS);
    if (track !== null && wasCut(track.glimpse, seen.glimpse, true)) track = null;
    if (track === null) {
      track = new Track(String(this.names++), seen.box, timeS);
      if (this.lost.some((other) => other.signature.frames > 0)) track.sinceS = timeS;
    } else {
      this.lost = this.lost.filter((other) => other !== track);
    }
    this.followed = track;
    this.keep(track, seen, timeS);
    return seen;
  }

  /** The face that was lost here just now. */
  private justLost(box: Float32Array, timeS: number): Track | null {
    let best: Track | null = null;
    for (const track of this.lost) {
      const near = timeS - track.seenS <= JUST_LEFT_S && overlap(track.box, box) >= SAME_FACE;
      if (near && (best === null || overlap(track.box, box) > overlap(best.box, box))) best = track;
    }
    return best;
  }

  /** Whether the face's name is clear; one that may have come back is looked at first. */
  private settle(track: Track, seen: Found, { timeS, picture }: Frame): boolean {
    if (track.sinceS === Infinity) return true;
    const { pose } = seen.fit;
    track.signature.add(seen.mesh, pose, () => cut(picture, align(pose)));
    if (track.signature.frames < ENOUGH && timeS - track.sinceS < LONG_ENOUGH_S) return false;
    track.sinceS = Infinity;
    const index = findAgain(track.signature, this.lost.map((other) => other.signature));
    if (index >= 0) {
      const [known] = this.lost.splice(index, 1);
      track.name = known.name;
      track.signature = known.signature;
    }
    return true;
  }

  private keep(track: Track, seen: Found, timeS: number): void {
    track.box = seen.box;
    track.seenS = timeS;
    track.glimpse = seen.glimpse;
    track.square = squareFromPoints(seen.mesh);
    track.irises ??= new IrisFollower(this.parts.iris);
  }

  private lose(track: Track): void {
    track.square = track.irises = track.looks = null;
    this.followed = null;
    this.lost = [...this.lost, track].slice(-REMEMBERED);
  }

  /** Landmarks and pose; null where no face is, or none that can be read. */
  private async read(picture: Picture, square: Square): Promise<Found | null> {
    const mesh = await this.stages.wait("mesh", () => this.parts.faceMesh.read(picture, square));
    if (mesh.presence < LEAST_PRESENCE) return null;
    return this.stages.run("pose", () => {
      const fit = fitPose(mesh.points);
      const box = boxOf(mesh.points);
      const turned = Math.max(Math.abs(fit.pose.yaw), Math.abs(fit.pose.pitch)) > MOST_TURN_RAD;
      if (turned || fit.residual > MOST_RESIDUAL || !inPicture(box, picture.width, picture.height)) return null;
      return { mesh: mesh.points, presence: mesh.presence, fit, box, glimpse: glimpse(picture, box) };
    });
  }

  private async view({ timeS, picture }: Frame, track: Track, seen: Found): Promise<FaceView> {
    const { mesh, presence } = seen;
    const { pose } = seen.fit;
    const looking = await this.stages.wait("gaze", async () => {
      const irises = await track.irises?.step(timeS, picture, mesh);
      return irises ? gaze(irises, mesh, pose) : ([NaN, NaN] as const);
    });
    const toCrop = align(pose);
    const luma = this.stages.run("crop", () => {
      track.signature.add(mesh, pose, () => cut(picture, toCrop));
      return cutLuma(picture, toCrop);
    });
    track.looks = { timeS, mesh, pose, luma };
    const measured = this.stages.run("quality", () => quality(picture, mesh, luma));
    const refined = await this.stages.wait("refine", () =>
      this.parts.refiner.refine(luma, toCropPoints(points68(mesh), 2, toCrop)),
    );
    const { seen: inSight, still, code } = refined;
    return {
      track: track.name,
      timeS,
      mesh,
      points68: toCropPoints(refined.points68, 2, inverse(toCrop)),
      presence,
      pose,
      gaze: looking,
      toCrop,
      luma,
      quality: measured,
      sizePx: [picture.width, picture.height],
      seen: inSight,
      still,
      code,
    };
  }
}
