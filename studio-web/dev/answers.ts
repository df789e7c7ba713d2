/** The made-up answers of the API, as plain objects. */
import type { Consent, Me, Overview, Receipt, Recording, Statement, Study, Switch } from "../src/api/types.ts";
import { PERMISSIONS } from "../src/api/types.ts";
import { CATALOGUE } from "./catalogue.ts";

type Role = "operator" | "analyst" | "privacy_officer";

const OF_ROLE: Record<Role, (keyof typeof PERMISSIONS)[]> = {
  operator: ["wall", "decisions", "stop"],
  analyst: ["wall", "sessions", "study", "decisions", "exports"],
  privacy_officer: ["decisions", "audit", "withdraw", "stop"],
};

export function account(name: string): Me | null {
  if (name === "all") return { name, role: "analyst, operator, privacy_officer", permissions: Object.values(PERMISSIONS) };
  const role: Role | null = name === "lin" ? "operator" : name === "ada" ? "analyst" : name === "priya" ? "privacy_officer" : null;
  return role && { name, role, permissions: OF_ROLE[role].map((one) => PERMISSIONS[one]) };
}

export function overview(state: Switch, simulated: boolean): Overview {
  return {
    version: "0.1.0", model: { kind: "tcn-stream", simulated }, policies: { default: "3", eu: "2", "us-il": "2" }, workers: 2,
    started_at: new Date(Date.now() - 5.2e6).toISOString(), simulated_viewers: simulated, switch: state, catalogue: CATALOGUE, holdout_share: 0.1,
  };
}

const at = (hoursAgo: number): string => new Date(Date.now() - hoursAgo * 3.6e6).toISOString();

export const RECORDINGS: Recording[] = [
  { source: "live", session: "s-9e3779b1", room: "Lamps, evening show", started_at: at(1), duration_s: 184, video: false },
  { source: "live", session: "s-3c6ef362", room: "冬季外套专场", started_at: at(2.4), duration_s: 940, video: false },
  { source: "study", session: "p0012-s2", room: "room-04", started_at: at(400), duration_s: 1260, video: true },
  { source: "study", session: "p0013-s1-with-a-name-that-does-not-end-where-one-expects-it", room: "room-04", started_at: null, duration_s: 3720, video: false },
];

export const STUDY: Study = {
  name: "spring", simulated: true,
  table: ["Electronics", "Fashion", "Home and kitchen", "Beauty", "Total"].map((section, k) => ({
    section,
    rows: [["Sessions", ["160", "201", "188", "251", "800"][k]], ["Participants", ["92", "118", "101", "140", "312"][k]], ["Conversion", ["22.5%", "27.9%", "24.1%", "25.9%", "25.1%"][k]],
      ["Mean minutes", ["14.9", "13.2", "15.8", "14.1", "14.4"][k]], ["Median minutes", ["14.2", "12.8", "15.1", "13.7", "14.0"][k]]],
  })),
  reports: [
    { name: "intent", title: "Who is about to buy", url: "/reports/intent/report.html", reload_s: 1 },
    { name: "quality", title: "How well faces were read, by room, by light and by device", url: "/reports/quality/report.html", reload_s: null },
  ],
};

/** A report that was written so many times before. */
export const report = (version: number): string => `<!doctype html><meta charset="utf-8"><title>Report</title><style>:root{color-scheme:light dark}body{font:16px/1.55 system-ui;margin:3rem auto;max-width:46rem;padding:0 1.25rem}</style>
<p>Purchase intent in default</p><h1>The face tells a coming cart better than chance: AUC 0.92 (0.82 to 0.99) on people not seen.</h1><p>${139 + version} half minutes of 58 sessions of 18 people.</p>`;

const PURPOSES = ["read_face", "personalise", "research", "record_video"];
/** Each viewer agrees to some purposes at one moment. */
export const CONSENTS: Consent[] = Array.from({ length: 18 }, (_, k) =>
  PURPOSES.slice(0, 1 + (k % 4)).map((purpose) => ({
    viewer: `${(k * 2654435761 >>> 0).toString(16).padStart(8, "0")}${(k * 40503 >>> 0).toString(16).padStart(8, "0")}a4e1${k % 5 === 0 ? "of-a-shop-with-long-viewer-names" : ""}`,
    purpose, granted_at: at(3 + k * 1.7), withdrawn_at: k % 9 === 4 ? at(1 + k) : null, text_version: "2026-02",
  })),
).flat();

/** Some were never asked for a release, some have opted out. */
export const STATEMENTS: Statement[] = CONSENTS.filter(({ purpose }) => purpose === "read_face").map(({ viewer, granted_at }, k) => ({
  viewer, text_version: "2026-02",
  disclosed: { value: true, at: granted_at }, released: k % 3 ? null : { value: k % 2 === 0, at: granted_at },
  age_at_least: k % 4 ? { value: 18, at: granted_at } : null, opted_out: k % 5 === 2 ? { value: true, at: at(1 + k) } : null,
}));

export const RECEIPTS: Receipt[] = [
  { id: "r-5b0c2e71", at: at(5), deleted: { recorded_rows: 1824, visits: 3, opt_outs: 0, viewer_keys: 1 }, kind: "withdrawal" },
  { id: "r-11d8a90f", at: at(52), deleted: { recorded_rows: 0, visits: 0, decisions: 0, viewer_keys: 0, facts: 0 }, kind: "purge" },
];

export const SWITCHES: Switch[] = [
  { on: true, by: "lin", why: "the lamp's facts were corrected", at: at(26) },
  { on: false, by: "lin", why: "stock figures of the lamp looked wrong, so nothing should be said about them until the warehouse answers", at: at(26.4) },
];

export const RATIO = {
  experiments: [
    { name: "ready_checkout", arms: [{ arm: "treated", expected_share: 0.5, units: 412 }, { arm: "control", expected_share: 0.5, units: 398 }], p_value: 0.623, alarm: true,
      off: false, rooms_off: [{ room: "Tea & porcelain", p_value: 0.00031 }], in_two_arms: 3 },
    { name: "bought_note", arms: [{ arm: "treated", expected_share: 0.5, units: 301 }, { arm: "control", expected_share: 0.5, units: 402 }], p_value: 0.00014, alarm: true,
      off: true, rooms_off: [], in_two_arms: 0 },
    { name: "stock_note", arms: [{ arm: "treated", expected_share: 0.45, units: 212 }, { arm: "control", expected_share: 0.45, units: 204 }, { arm: "held out", expected_share: 0.1, units: 47 }], p_value: 0.71, alarm: false,
      off: false, rooms_off: [], in_two_arms: 0 },
    { name: "ends_badge", arms: [{ arm: "treated", expected_share: null, units: 0 }, { arm: "control", expected_share: null, units: 0 }], p_value: null, alarm: false,
      off: false, rooms_off: [], in_two_arms: 0 },
  ],
};
