/** Which viewers are listed, and in which order. */
import type { Seen } from "./store.ts";

export type Sort = "probability" | "recent" | "quality";
export const SORTS: readonly Sort[] = ["probability", "recent", "quality"];

export interface Choice {
  sort: Sort;
  /** Empty: all. */
  room: string;
  state: string;
}

/** Sessions in order. Equal ones stand by label, so that rows do not change places for nothing. */
export function ordered(viewers: Iterable<Seen>, choice: Choice): string[] {
  const chosen: Seen[] = [];
  for (const seen of viewers) {
    const { room, state } = seen.viewer;
    if ((choice.room === "" || room === choice.room) && (choice.state === "" || state === choice.state)) {
      chosen.push(seen);
    }
  }
  const key = KEYS[choice.sort];
  const keyed = chosen.map((seen) => ({ seen, key: key(seen) }));
  keyed.sort((a, b) => b.key - a.key || compare(a.seen.viewer.label, b.seen.viewer.label) || compare(a.seen.viewer.session, b.seen.viewer.session));
  return keyed.map(({ seen }) => seen.viewer.session);
}

/** The greatest goes first. */
const KEYS: Record<Sort, (seen: Seen) => number> = {
  probability: ({ viewer }) => viewer.probability ?? -1,
  recent: ({ viewer }) => (viewer.last ? viewer.last.second - viewer.second : -Infinity),
  // The poorest first: those are the ones to look after.
  quality: ({ viewer }) => -(viewer.read * viewer.confidence),
};

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
