/** All viewers as they are now: the first message sets them, each tick changes some. */
import type { Counts, Switch, Viewer, WallMessage } from "../api/types.ts";
import type { Mark } from "../draw/spark.ts";
import { History } from "./history.ts";

/** Marks kept of one viewer; those older than the history are of no use. */
const MOST_MARKS = 40;

export interface Seen {
  viewer: Viewer;
  history: History;
  /** Decisions, oldest first. */
  marks: Mark[];
  /** When the server spoke of this viewer last, by its own clock, ms. */
  heardMs: number;
}

export class Store {
  readonly viewers = new Map<string, Seen>();
  counts: Counts | null = null;
  switch: Switch | null = null;
  /** The server's clock at the last message, ms. */
  nowMs = 0;

  apply(message: WallMessage): void {
    this.nowMs = Date.parse(message.now) || this.nowMs;
    this.counts = message.counts;
    this.switch = message.switch;
    if (message.type === "wall") this.begin(message.viewers);
    else {
      for (const viewer of message.viewers) this.change(viewer);
      for (const session of message.gone) this.viewers.delete(session);
    }
  }

  /** Everybody anew; what is known of the minutes before is kept where it is longer. */
  private begin(viewers: readonly Viewer[]): void {
    const before = new Map(this.viewers);
    this.viewers.clear();
    for (const viewer of viewers) {
      const known = before.get(viewer.session);
      const history = known?.history ?? new History();
      const given = viewer.history ?? [];
      if (known && history.last >= viewer.second - given.length) {
        given.forEach((value, k) => history.add(viewer.second - given.length + 1 + k, value));
      } else history.begin(given, viewer.second);
      this.put(viewer, history, known?.marks ?? []);
    }
  }

  private change(viewer: Viewer): void {
    const known = this.viewers.get(viewer.session);
    const history = known?.history ?? new History();
    history.add(viewer.second, viewer.probability);
    this.put(viewer, history, known?.marks ?? []);
  }

  private put(viewer: Viewer, history: History, marks: Mark[]): void {
    const last = viewer.last;
    if (last && !marks.some((mark) => mark.second === last.second)) {
      marks.push({ second: last.second, outcome: last.outcome });
      if (marks.length > MOST_MARKS) marks.shift();
    }
    const { history: _, ...rest } = viewer;
    // Who is not being read has no probability now, whatever was told of them last.
    if (viewer.state !== "reading") rest.probability = null;
    this.viewers.set(viewer.session, { viewer: rest, history, marks, heardMs: this.nowMs });
  }

  /** The second that is now for a viewer: who is not heard of grows older all the same. */
  secondOf(seen: Seen): number {
    const silent = Math.floor((this.nowMs - seen.heardMs) / 1000);
    return seen.viewer.second + Math.max(0, silent);
  }

  rooms(): string[] {
    return [...new Set([...this.viewers.values()].map((seen) => seen.viewer.room))].sort();
  }
}
