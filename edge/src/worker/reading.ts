/** One reader, fed a picture at a time: what the worker does, without being a worker. */

import { RATE_HZ } from "../core/channels";
import type { Row } from "../core/pooling";
import { loadNetworks } from "../models/onnx";
import { Reader, type Step } from "../reader";
import type { NumberedRow } from "../link/wire";
import { canDraw, Copier } from "./picture";
import type { FromWorker, Look, ToWorker } from "./protocol";

/** A longer gap is not filled with unread rows: nobody was looking. */
const GAP_S = 1;

/** Answers the page's messages one after another. */
export class Reading {
  private readonly copier = new Copier();
  private lastS = -Infinity;

  /**
   * @param now a clock for how long a frame takes, milliseconds
   * @param reader one that is loaded already
   */
  constructor(
    private readonly now: () => number,
    private reader: Reader | null = null,
  ) {}

  /** The answer to one message. */
  async answer(message: ToWorker): Promise<FromWorker> {
    try {
      if (message.type === "load") return await this.load(message.models, message.wasm);
      if (message.type === "rest") return { type: "rested", rows: this.rest() };
      return await this.read(message);
    } catch (error) {
      return { type: "failed", why: error instanceof Error ? error.message : String(error) };
    }
  }

  private async load(models: string, wasm: string): Promise<FromWorker> {
    const networks = await loadNetworks((name) => fetched(new URL(name, models).href), { wasm });
    this.reader = new Reader(networks);
    return { type: "loaded", draws: canDraw() };
  }

  private async read({ timeS: takenS, shot, look }: ToWorker & { type: "shot" }): Promise<FromWorker> {
    if (this.reader === null) throw new Error("the networks are not loaded");
    const began = this.now();
    // A camera that was opened again may stamp its first frame a little early.
    const timeS = Math.max(takenS, this.lastS + 1e-3);
    const picture = await this.copier.copy(shot);
    const before = timeS - this.lastS > GAP_S ? this.rest() : [];
    this.lastS = timeS;
    const step = await this.reader.step({ timeS, picture });
    const rows = [...before, ...step.rows.map(numbered)];
    const ms = this.now() - began;
    return { type: "read", timeS, ms, face: step.view !== null, rows, look: look ? looked(step, picture) : null };
  }

  private rest(): NumberedRow[] {
    return this.reader?.finish().map(numbered) ?? [];
  }
}

const numbered = ({ timeS, values }: Row): NumberedRow => ({ number: Math.round(timeS * RATE_HZ), values });

function looked({ view, channels }: Step, picture: { width: number; height: number }): Look | null {
  if (view === null) return null;
  return { sizePx: [picture.width, picture.height], points: view.points68, mesh: view.mesh, channels };
}

async function fetched(url: string): Promise<Uint8Array> {
  const answer = await fetch(url).catch(() => null);
  if (!answer?.ok) throw new Error(`${url} is not there`);
  return new Uint8Array(await answer.arrayBuffer());
}
