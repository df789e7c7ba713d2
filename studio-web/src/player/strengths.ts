/** What is strongest on a face: over a session, and at one moment. */
import { COUNT, energy, intensity, UNITS } from "../api/channels.ts";
import { isRead, type Pose } from "../face/pose.ts";

/** Places in `UNITS`, the one that reached most first. Energy counts too, so that brief acts are not last. */
export function strongestFirst(rows: Float32Array): number[] {
  const reach = UNITS.map((_, unit) => {
    const counts = new Uint32Array(101);
    let read = 0;
    for (let row = 0; row < rows.length / COUNT; row++) {
      if (!isRead(rows, row)) continue;
      const at = row * COUNT;
      let most = 0;
      for (const column of [intensity(unit, 0), intensity(unit, 1), energy(unit, 0), energy(unit, 1)]) {
        const value = rows[at + column];
        if (value > most) most = value;
      }
      counts[Math.min(100, Math.round(most * 100))]++;
      read++;
    }
    return quantile(counts, read, 0.98);
  });
  // Everybody blinks, and fully: that row would stand first and say nothing.
  reach[UNITS.indexOf(45)] = -1;
  return UNITS.map((_, unit) => unit).sort((a, b) => reach[b] - reach[a] || a - b);
}

function quantile(counts: Uint32Array, total: number, share: number): number {
  let left = total * share;
  for (let k = 0; k < counts.length; k++) {
    left -= counts[k];
    if (left <= 0) return k;
  }
  return 0;
}

/** Below this a unit is at rest. */
const LEAST = 0.08;

/** The units of a pose that stand out, the strongest first. */
export function strongestNow(pose: Pose, most: number): { unit: number; left: number; right: number }[] {
  return UNITS.map((unit, k) => ({ unit, left: pose.left[k], right: pose.right[k] }))
    .filter(({ left, right }) => Math.max(left, right) >= LEAST)
    .sort((a, b) => Math.max(b.left, b.right) - Math.max(a.left, a.right))
    .slice(0, most);
}

/** Stretches of rows that were not read, as seconds from and to. */
export function unread(rows: Float32Array, rateHz: number): [number, number][] {
  const out: [number, number][] = [];
  let from = -1;
  const count = rows.length / COUNT;
  for (let row = 0; row <= count; row++) {
    const gap = row < count && !isRead(rows, row);
    if (gap && from < 0) from = row;
    if (!gap && from >= 0) {
      out.push([from / rateHz, row / rateHz]);
      from = -1;
    }
  }
  return out;
}

/** The greatest of a column in each of `places` even stretches between two times; NaN where nothing was read. */
export function greatest(rows: Float32Array, column: number, fromS: number, toS: number, rateHz: number, into: Float32Array): void {
  const count = rows.length / COUNT;
  const perPlace = ((toS - fromS) * rateHz) / into.length;
  for (let place = 0; place < into.length; place++) {
    const begin = Math.floor(fromS * rateHz + place * perPlace);
    const end = Math.max(begin + 1, Math.floor(fromS * rateHz + (place + 1) * perPlace));
    let most = Number.NaN;
    for (let row = Math.max(0, begin); row < Math.min(end, count); row++) {
      const value = rows[row * COUNT + column];
      if (isRead(rows, row) && !(value <= most)) most = value;
    }
    into[place] = most;
  }
}
