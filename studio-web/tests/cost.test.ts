/** What two hundred viewers who all change each second cost the browser's main thread. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Cost, cost } from "../dev/measure.ts";
import { go, visit } from "./visit.ts";

/** One frame of sixty a second. All changes of a second are drawn in one: if they fit, none is missed. */
const FRAME_MS = 1000 / 60;
/** Other work on a machine makes the same work longer, never shorter: the least of these counts. */
const TRIES = 3;

test("a second's news of 200 viewers is worked out, styled and laid out within one frame", async () => {
  const { context, page } = await visit("all");
  await go(page, "wall");
  await page.waitForTimeout(500);
  const seen: Cost[] = [];
  for (let k = 0; k < TRIES; k++) seen.push(await cost(page, () => page.waitForTimeout(2000)));
  const least = Math.min(...seen.map(({ script, style, layout }) => script + style + layout));
  assert.ok(least > 0.5, `nothing was drawn: ${least} ms`);
  assert.ok(least < FRAME_MS, `${least.toFixed(1)} ms of the main thread a second`);
  await context.close();
});
