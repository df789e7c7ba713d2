/** What a viewer is asked and may say on the sheet, without any drawing. */

import type { Show } from "../link/messages";
import type { Agreed, Disclosure } from "../link/service";

/** Purposes in the order in which they are asked; each is its own choice. */
export const PURPOSES = ["read_face", "personalise", "research"] as const;
export type Purpose = (typeof PURPOSES)[number];

/** Of the wording in `words/`: changed with it. */
export const TEXT_VERSION = "2";

/** Kinds of what may be shown, in the order in which the sheet says them. */
const KINDS: readonly Show["kind"][] = ["product_fact", "preloaded_checkout", "social_proof_note", "limited_time_badge"];

/** The kinds that this place's policy and the catalogue allow. */
export const shownOf = (told: Disclosure): Show["kind"][] => KINDS.filter((kind) => told.kinds_shown.includes(kind));

/** What is ticked. */
export interface Choices {
  purposes: Purpose[];
  ofAge: boolean;
  released: boolean;
}

/** The purposes that this place's policy knows, of those that the sheet can explain. */
export const asked = (told: Disclosure): Purpose[] =>
  PURPOSES.filter((one) => told.purposes_needed.includes(one) || told.purposes_offered.includes(one));

/** Which wording the viewer saw: the sheet's version, its language, the kinds it named, the policy behind its numbers. */
export function textName(told: Disclosure, language: string): string {
  const kinds = shownOf(told).map((kind) => kind.slice(0, 3));
  return `sheet-${TEXT_VERSION}.${language}.${kinds.join("-") || "none"}.${told.policy}-${told.version}`.slice(0, 64);
}

/** What is still missing for a yes; null where nothing is. */
export function missing(choices: Choices, told: Disclosure): "read_face" | "age" | "release" | null {
  if (!choices.purposes.includes("read_face")) return "read_face";
  if (told.least_age > 0 && !choices.ofAge) return "age";
  if (told.release_needed && !choices.released) return "release";
  return null;
}

/** The yes, as the service takes it. */
export const agreedOf = (choices: Choices, told: Disclosure, language: string): Agreed => ({
  purposes: choices.purposes,
  text_version: textName(told, language),
  disclosed: true,
  released: choices.released,
  age_at_least: choices.ofAge ? told.least_age : 0,
});
