/** What device and service say to each other besides rows: `spec/live.schema.json`, as types. */

export type Language = "en" | "zh-Hans";

/** What the shop may tell of its viewer, named as the study format names it. */
const EVENTS = [
  "view_item", "add_to_cart", "remove_from_cart", "begin_checkout", "purchase", "like", "share", "gift", "chat",
] as const;
export type ShopEventName = (typeof EVENTS)[number];
const PRODUCT = /^[A-Za-z0-9_.:-]{0,64}$/;

/** What is wrong with what a shop's page says, whose types nobody checked; null where nothing is. */
export function eventFault(name: unknown, product: unknown): string | null {
  if (!EVENTS.some((one) => one === name)) return `an event is one of ${EVENTS.join(", ")}, not ${String(name)}`;
  if (typeof product === "string" && PRODUCT.test(product)) return null;
  return `a product is at most 64 of A-Z a-z 0-9 _ . : -, not ${String(product)}`;
}

export type FromDevice =
  | {
      type: "hello";
      version: 1;
      next_row: number;
      kept_from: number;
      language: Language;
      utc_offset_min: number;
      product: string;
      seen: string[];
    }
  | { type: "exposed"; decision: string }
  | { type: "device"; frames_per_s: number; dropped: number; ms_a_frame: number }
  | { type: "pause"; why: "viewer" | "hidden" }
  | { type: "resume" }
  | { type: "event"; name: ShopEventName; product: string };

/** Something to show, once. */
export interface Show {
  /** The decision's name: the same name twice is the same decision. */
  decision: string;
  /** Which entry of the catalogue. */
  intervention: string;
  kind: "social_proof_note" | "limited_time_badge" | "preloaded_checkout" | "product_fact";
  /** In the viewer's language. */
  text: string;
  /** How long it may stay, seconds. */
  for_s: number;
}

export type StopWhy = "withdrawn" | "switched_off" | "no_consent" | "forbidden" | "closing" | "elsewhere";

export type FromService =
  | { type: "ready"; version: 1; session: string; send_from: number; reading: boolean; why: string }
  | { type: "second"; second: number; read: number }
  | ({ type: "show" } & Show)
  | { type: "slow_down"; wait_s: number; why: string }
  | { type: "stop"; why: StopWhy; final: boolean }
  | { type: "go" }
  | { type: "refused"; why: string };

/** A message of the service; null where it is none that this version knows. */
export function parse(text: unknown): FromService | null {
  if (typeof text !== "string") return null;
  try {
    const message: unknown = JSON.parse(text);
    return isKnown(message) ? message : null;
  } catch {
    return null;
  }
}

const FIELDS: Record<FromService["type"], Record<string, string>> = {
  ready: { session: "string", send_from: "number", reading: "boolean", why: "string" },
  second: { second: "number", read: "number" },
  show: { decision: "string", intervention: "string", kind: "string", text: "string", for_s: "number" },
  slow_down: { wait_s: "number", why: "string" },
  stop: { why: "string", final: "boolean" },
  go: {},
  refused: { why: "string" },
};

function isKnown(message: unknown): message is FromService {
  if (typeof message !== "object" || message === null) return false;
  const given = message as Record<string, unknown>;
  if (typeof given.type !== "string" || !Object.hasOwn(FIELDS, given.type)) return false;
  const fields = FIELDS[given.type as FromService["type"]];
  return Object.entries(fields).every(([name, type]) => typeof given[name] === type);
}
