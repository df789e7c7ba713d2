/** The affect signals of a track. */
import type { Track } from "../api/types.ts";

/** One row a signal, however the server has turned the table. */
export function affectRows({ affect }: Pick<Track, "affect">): (number | null)[][] {
  const { names, values } = affect;
  const byName = values.length === names.length && (values.length !== values[0]?.length || values.length === 0);
  return byName ? values : names.map((_, k) => values.map((row) => row[k] ?? null));
}
