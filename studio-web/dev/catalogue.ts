/** What the made-up server shows, and its guards. */
import type { Intervention, Verdict } from "../src/api/types.ts";

export const CATALOGUE: Intervention[] = [
  { name: "ready_checkout", kind: "preloaded_checkout", threshold: 0.6, release: 0.4, text: { en: "Your checkout is ready", "zh-Hans": "结算页已为你准备好" } },
  { name: "plain_fact", kind: "product_fact", threshold: 0.45, release: 0.3, text: { en: "{fact}", "zh-Hans": "{fact}" } },
  { name: "bought_note", kind: "social_proof_note", threshold: 0.5, release: 0.35, text: { en: "{fact} people bought this in the last hour", "zh-Hans": "过去一小时有 {fact} 人购买" } },
  { name: "stock_note", kind: "social_proof_note", threshold: 0.55, release: 0.4, text: { en: "Only {fact} left in stock", "zh-Hans": "库存仅剩 {fact} 件" } },
];

const GUARDS: [name: string, allowed: string, refused: string][] = [
  ["kill_switch", "everything is on", "everything is stopped"],
  ["consent", "the viewer agreed to personalise on 3 March", "the viewer did not agree to personalise"],
  ["jurisdiction", "policy default/3 allows social_proof_note", "policy us-il/2 allows nothing without written release"],
  ["holdout", "not held out", "this viewer is in the universal holdout"],
  ["confidence", "0.82 of the last 5 s were read, at least 0.60 are needed", "0.31 of the last 5 s were read, at least 0.60 are needed"],
  ["cool_down", "nothing was shown before", "shown 48 s ago, at least 120 s must pass"],
  ["frequency_cap", "0 of at most 2 in this session", "2 of at most 2 in this session"],
  ["quiet_hours", "20:14 is not in quiet hours", "22:14 is in quiet hours (22:00-08:00)"],
];

/** Verdicts of all guards; those whose names are in `refusing` refuse. */
export function verdicts(refusing: readonly string[]): Verdict[] {
  return GUARDS.map(([guard, allowed, refused]) => {
    const refuses = refusing.includes(guard);
    return { guard, allowed: !refuses, reason: refuses ? refused : allowed };
  });
}
