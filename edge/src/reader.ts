/**
 * The one step: a frame in, 128 channels and rows at 10 Hz out. It looks only back.
 *
 * Times go one way: rows of one reader never repeat a tenth of a second, even where one face makes room for another.
 */

import { unreadRow } from "./core/channels";
import { FramePooler, tenthOf, type Row } from "./core/pooling";
import { Stages, type OnStage } from "./core/stages";
import { BlazeFace } from "./face/blazeface";
import { IrisModel } from "./face/iris";
import { FaceMesh } from "./face/mesh";
import { FaceReader, type FaceParts, type Frame } from "./face/reader";
import { RefineNet } from "./face/refine_net";
import type { FaceView } from "./face/view";
import type { Networks } from "./models/network";
import { bytesOf } from "./picture/picture";
import { Head } from "./units/head";
import { UnitReader } from "./units/unit_reader";

/** What one frame brought. */
export interface Step {
  timeS: number;
  /** Which face is read: another name is another person; null until one was read. */
  face: string | null;
  /** This frame's 128 channels: NaN with `valid` = 0 where the face was not read. */
  channels: Float32Array;
  /** What was seen of the face; null where it was not read. */
  view: FaceView | null;
  /** Rows at 10 Hz that became complete. */
  rows: Row[];
}

/** What a reader may be told. */
export interface ReaderOptions {
  /** A clock for the times of the stages, such as `() => performance.now()`; without it nothing is timed. */
  now?: () => number;
  /** Told of each stage: detect, mesh, pose, gaze, crop, quality, refine, flow, neutral, descriptors, head, filters. */
  onStage?: OnStage;
}

/** Reads the largest face of one stream of pictures. One step at a time: wait for each before the next. */
export class Reader {
  private readonly units = new Map<string, UnitReader>();
  private readonly stages: Stages;
  private readonly faces: FaceReader;
  private readonly head: Head;
  private pooler = new FramePooler();
  private face: string | null = null;
  /** Frames up to this tenth have been told already. */
  private told = -Infinity;
  private lastS = -Infinity;

  constructor(networks: Networks, options?: ReaderOptions);
  /** For tests: parts of another make. */
  constructor(networks: Pick<Networks, "head">, options: ReaderOptions, parts: FaceParts);
  constructor(networks: Networks | Pick<Networks, "head">, options: ReaderOptions = {}, parts?: FaceParts) {
    this.stages = new Stages(options.now ?? null, options.onStage);
    this.faces = new FaceReader(parts ?? partsOf(networks as Networks), this.stages);
    this.head = new Head(networks.head);
  }

  /** Read one frame; its time must be later than the last one's. */
  async step(frame: Frame): Promise<Step> {
    const { timeS } = frame;
    if (!(timeS > this.lastS)) throw new Error(`a frame at ${timeS} s must be later than the last, at ${this.lastS} s`);
    bytesOf(frame.picture);
    this.lastS = timeS;
    const view = await this.faces.step(frame);
    const rows: Row[] = view !== null && view.track !== this.face ? this.meet(view.track) : [];
    const channels = view === null ? unreadRow() : await this.readerOf(view.track).step(view);
    if (this.face !== null && tenthOf(timeS) > this.told) rows.push(...this.pooler.add(timeS, channels));
    return { timeS, face: this.face, channels, view, rows };
  }

  /** The last row, after the last frame. */
  finish(): Row[] {
    return this.pooler.finish();
  }

  /** Another face from here on: what was read of the last one is told first. */
  private meet(name: string): Row[] {
    const rows = this.pooler.finish();
    for (const row of rows) this.told = tenthOf(row.timeS);
    this.pooler = new FramePooler();
    this.face = name;
    const remembered = new Set(this.faces.remembered);
    for (const known of this.units.keys()) if (!remembered.has(known)) this.units.delete(known);
    return rows;
  }

  private readerOf(name: string): UnitReader {
    let units = this.units.get(name);
    if (units === undefined) this.units.set(name, (units = new UnitReader(this.head, this.stages)));
    return units;
  }
}

const partsOf = ({ face, mesh, iris, refine }: Networks): FaceParts => ({
  detector: new BlazeFace(face),
  faceMesh: new FaceMesh(mesh),
  iris: new IrisModel(iris),
  refiner: new RefineNet(refine),
});
