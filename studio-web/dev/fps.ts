/** `npm run fps`: frames a second of the wall and of the player, what they cost the main thread, how long loading takes. */
import type { Page } from "playwright-core";
import { openBrowser } from "./browser.ts";
import { type Cost, cost } from "./measure.ts";
import { DevServer } from "./server.ts";

const SECONDS = 10;
const server = new DevServer({ viewers: 200 });
const base = await server.start();
const browser = await openBrowser();
const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
await context.request.post(new URL("/v1/operator/login", base).href, { data: { name: "all", password: "any" }, headers: { "x-telltale": "studio" } });

/** From the beginning of navigation to the first viewers, milliseconds. */
async function load(page: Page): Promise<number> {
  await page.goto(`${base}#/wall`);
  await page.locator("tbody tr:not([hidden])").first().waitFor();
  return page.evaluate(() => performance.now());
}

interface Frames {
  frames: number;
  seconds: number;
  p95Ms: number;
  worstMs: number;
  cost: Cost;
}

/** Counts frames, at rest or while the list is scrolled in each. */
async function frames(page: Page, what: "scroll" | "rest"): Promise<Frames> {
  let counted: number[] = [];
  const spent = await cost(page, async () => (counted = await page.evaluate(count, [SECONDS, what === "scroll"] as const)));
  const sorted = counted.toSorted((a, b) => a - b);
  return {
    frames: counted.length,
    seconds: counted.reduce((sum, one) => sum + one, 0) / 1000,
    p95Ms: sorted[Math.floor(sorted.length * 0.95)],
    worstMs: sorted[sorted.length - 1],
    cost: spent,
  };
}

/** Milliseconds between frames; it runs in the page. */
function count([seconds, scrolls]: readonly [number, boolean]): Promise<number[]> {
  return new Promise((resolve) => {
    const list = document.querySelector(".rows");
    const times: number[] = [];
    const step = (ms: number): void => {
      times.push(ms);
      const passed = (ms - times[0]) / 1000;
      // Down and up again, 1,500 px a second.
      if (scrolls && list) list.scrollTop = Math.abs(((passed * 1500) % 16000) - 8000);
      if (passed < seconds) requestAnimationFrame(step);
      else resolve(times.slice(1).map((time, k) => time - times[k]));
    };
    requestAnimationFrame(step);
  });
}

function tell(name: string, { frames, seconds, p95Ms, worstMs, cost }: Frames): void {
  const rate = `${(frames / seconds).toFixed(1)} frames/s (95 of 100 within ${p95Ms.toFixed(1)} ms, worst ${worstMs.toFixed(0)} ms)`;
  console.log(`${name.padEnd(36)} ${rate}; main thread ${costWords(cost)}, ${((cost.all * seconds) / frames).toFixed(1)} ms a frame`);
}

function costWords({ all, script, style, layout }: Cost): string {
  return `${all.toFixed(0)} ms a second (script ${script.toFixed(0)}, style ${style.toFixed(0)}, layout ${layout.toFixed(0)})`;
}

const loads: number[] = [];
for (let k = 0; k < 5; k++) {
  // A context of its own has an empty cache.
  const cold = await browser.newContext({ viewport: { width: 1280, height: 800 }, storageState: await context.storageState() });
  loads.push(await load(await cold.newPage()));
  await cold.close();
}
const page = await context.newPage();
await load(page);
const paint = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0);
console.log(`${"loading to the first row of viewers".padEnd(36)} ${loads.map((one) => one.toFixed(0)).join(", ")} ms; first paint ${paint.toFixed(0)} ms`);
console.log(`${"wall, nothing else asked of it".padEnd(36)} main thread ${costWords(await cost(page, () => page.waitForTimeout(SECONDS * 1000)))}`);
tell("wall at rest, 200 viewers", await frames(page, "rest"));
tell("wall under scroll, 200 viewers", await frames(page, "scroll"));
await page.locator("tbody tr:not([hidden]) .open").first().click();
tell("the same with the panel open", await frames(page, "scroll"));
await page.goto(`${base}#/sessions/live/s-9e3779b1`);
await page.locator(".tracks canvas").waitFor();
await page.keyboard.press("Space");
tell("player playing", await frames(page, "rest"));
await browser.close();
await server.stop();
