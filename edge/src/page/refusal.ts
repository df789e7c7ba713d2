/** Why the service says that a viewer may not be read, as one of the sheet's own sentences. */

import type { Problem } from "./sheet";

/** The service's sentences are for engineers, and in English. */
const KNOWN: readonly (readonly [RegExp, Problem])[] = [
  [/^no consent to read_face$/, "read_face"],
  [/^no written release$/, "release"],
  [/^no age of \d+ was confirmed$/, "age"],
];

/** The sentence that says it, or that it is so where none does. */
export const problemOf = (why: string): Problem => KNOWN.find(([pattern]) => pattern.test(why))?.[1] ?? "refused";
