/** What the server says, as JSON. Field names are the server's. */

export const PERMISSIONS = {
  wall: "see the live wall",
  sessions: "play sessions back",
  study: "read studies and reports",
  decisions: "read decisions",
  exports: "take decisions away as a table",
  stop: "stop and start everything",
  audit: "read consents and withdrawals",
  withdraw: "withdraw for a viewer who asks",
} as const;
export type Permission = keyof typeof PERMISSIONS;

export interface Me {
  name: string;
  /** operator, analyst, privacy_officer; several with commas between them. */
  role: string;
  permissions: string[];
}

export interface Switch {
  /** False: everything is stopped. */
  on: boolean;
  by: string | null;
  why: string | null;
  at: string | null;
}

/** A turn of the switch of one room or one intervention. */
export interface PartTurn extends Switch {
  /** room:R or intervention:I */
  scope: string;
}

export interface Intervention {
  name: string;
  kind: string;
  threshold: number;
  release: number;
  text: { en: string; "zh-Hans": string };
}

export interface Overview {
  version: string;
  model: { kind: string; simulated: boolean };
  policies: Record<string, string | number>;
  workers: number;
  started_at: string;
  simulated_viewers: boolean;
  switch: Switch;
  catalogue: Intervention[];
  holdout_share: number;
}

export interface Reason {
  /** FACS number. */
  unit: number;
  seconds_ago: number;
  /** How strongly, 0 to 1. */
  energy: number;
  log_odds: number | null;
}

export type Outcome = "shown" | "control" | "refused";

export interface LastDecision {
  second: number;
  intervention: string;
  outcome: Outcome;
  refusals: { guard: string; reason: string }[];
  exposed: boolean;
}

export interface Viewer {
  session: string;
  room: string;
  label: string;
  since_s: number;
  second: number;
  /** Null: nothing was read. */
  probability: number | null;
  /** Oldest first, one a second; only in the first message. */
  history?: (number | null)[];
  state: "reading" | "paused" | "away";
  /** Share of the last 5 s that was read. */
  read: number;
  confidence: number;
  frames_per_s: number | null;
  dropped: number;
  reasons: Reason[];
  held_out: boolean;
  last: LastDecision | null;
}

export interface Counts {
  viewers: number;
  reading: number;
  told_a_minute: number;
  decisions_a_minute: number;
  shown_a_minute: number;
  refused_a_minute: number;
  p99_ms: number | null;
}

export type WallMessage =
  | { type: "wall"; now: string; switch: Switch; viewers: Viewer[]; counts: Counts }
  | { type: "tick"; now: string; switch: Switch; viewers: Viewer[]; gone: string[]; counts: Counts };

export interface Verdict {
  guard: string;
  allowed: boolean;
  reason: string;
}

export interface Decision {
  id: string | number;
  at: string;
  second: number;
  /** Null once nothing links it any more: the viewer has withdrawn, or the visit is past its keeping. */
  session: string | null;
  intervention: string;
  arm: "treated" | "control";
  outcome: Outcome;
  propensity: number;
  probability: number | null;
  verdicts: Verdict[];
  model: string;
  policy: string;
  catalogue: string;
  exposed_at: string | null;
}

export interface Experiment {
  name: string;
  arms: { arm: string; expected_share: number | null; units: number }[];
  p_value: number | null;
  alarm: boolean;
  /** All units together are not as chance would divide them. */
  off: boolean;
  /** Rooms of which the same is so. */
  rooms_off: { room: string; p_value: number }[];
  /** Units that were found in more than one arm. */
  in_two_arms: number;
}

export type Source = "live" | "study";

export interface Recording {
  source: Source;
  session: string;
  room: string;
  started_at: string | null;
  duration_s: number;
  video: boolean;
}

export interface Act {
  unit: number;
  side: "left" | "right" | "both";
  onset_s: number;
  apex_s: number;
  offset_s: number;
  micro: boolean;
}

export interface Track {
  /** Where the axis begins, seconds from the session's start; all other times count from there. */
  from_s: number;
  duration_s: number;
  /** Seconds from the session's start; later than the axis ends where not all that is kept is told. */
  kept_until_s: number;
  affect: { names: string[]; every_s: number; values: (number | null)[][] };
  probability: (number | null)[];
  events: { time_s: number; type: string; product: string | null }[];
  acts: Act[];
  decisions: Decision[];
  /** Time on the video's clock minus time on the axis. */
  video_offset_s: number;
}

export interface Report {
  name: string;
  title: string;
  url: string;
  /** Seconds between looks at a page that is kept up to date; null of one that is finished. */
  reload_s: number | null;
}

export interface Study {
  /** Null where none is open, and only reports are. */
  name: string | null;
  simulated: boolean;
  table: { section: string; rows: [string, string | number | null][] }[];
  reports: Report[];
}

export interface Consent {
  viewer: string;
  purpose: string;
  granted_at: string;
  withdrawn_at: string | null;
  text_version: string;
}

/** A viewer's latest word on one thing; null where none was given. */
export interface Said<Value> {
  value: Value;
  at: string;
}

export interface Statement {
  viewer: string;
  /** Told what is read, and why. */
  disclosed: Said<boolean> | null;
  /** A written release was given. */
  released: Said<boolean> | null;
  /** Years. */
  age_at_least: Said<number> | null;
  opted_out: Said<boolean> | null;
  text_version: string;
}

export interface Receipt {
  id?: string;
  /** Its name where it is told at once, after a withdrawal. */
  receipt?: string;
  at: string;
  deleted: Record<string, number>;
  by?: string;
  /** A withdrawal, or a purge of what had been kept long enough. */
  kind?: string;
}
