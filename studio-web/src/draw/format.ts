/** Numbers and times as text. Time is an argument. */

export function probability(value: number | null | undefined): string {
  return value == null || value !== value ? "–" : value.toFixed(2);
}

export function percent(share: number): string {
  return String(Math.round(share * 100));
}

/** `0:07`, `12:30`, `1:02:03`; with tenths where asked. */
export function clock(seconds: number, tenths = false): string {
  const all = Math.max(0, tenths ? Math.round(seconds * 10) / 10 : Math.floor(seconds));
  const hours = Math.floor(all / 3600);
  const minutes = Math.floor(all / 60) % 60;
  const rest = all % 60;
  const tail = (tenths ? rest.toFixed(1) : String(Math.floor(rest))).padStart(tenths ? 4 : 2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`;
}

/** A moment as the reader's own clock shows it; without the day where it is today's, unless `whole`. */
export function moment(iso: string | null | undefined, locale: string, now: Date, whole = false): string {
  if (!iso) return "–";
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return iso;
  const time = at.toLocaleTimeString(locale, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
  if (!whole && at.toDateString() === now.toDateString()) return time;
  const day: Intl.DateTimeFormatOptions = { day: "numeric", month: "short" };
  if (at.getFullYear() !== now.getFullYear()) day.year = "numeric";
  return `${at.toLocaleDateString(locale, day)} ${time.slice(0, 5)}`;
}

export function count(value: number, locale: string): string {
  return Math.round(value).toLocaleString(locale);
}

/** `0.0004` as `< 0.001`, else three places. */
export function pValue(value: number | null): string {
  if (value === null) return "–";
  return value < 0.001 ? "< 0.001" : value.toFixed(3);
}
