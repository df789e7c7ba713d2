/** `npm run fps`: frames a second of the wall under scroll, of the player, and how long loading takes. */
import type { Page } from "playwright-core";
import { openBrowser } from "./browser.ts";
import { DevServer } from "./server.ts";

const SECONDS = 10;
const server = new DevServer({ viewers: 200 });
const base = await server.start();
const browser = await openBrowser();
const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
await context.request.post(new URL("/v1/operator/login", base).href, { data: { name: "all", password: "any" }, headers: { "x-telltale": "studio" } });

interface Frames {
  frames: number;
  seconds: number;
  p95Ms: number;
  worstMs: number;
  over25Ms: number;
  busy: number;
}

/** Counts frames while `step` is called in each; it runs in the page. */
async function frames(page: Page, what: "scroll" | "rest"): Promise<Frames> {
  const session = await context.newCDPSession(page);
  await session.send("Performance.enable");
  const busy = async (): Promise<number> => (await session.send("Performance.getMetrics")).metrics.find((one) => one.name === "TaskDuration")?.value ?? 0;
  const before = await busy();
  const counted = await page.evaluate(
    ([seconds, scrolls]) =>
      new Promise<number[]>((resolve) => {
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
      }),
    [SECONDS, what === "scroll"] as const,
  );
  const seconds = counted.reduce((sum, one) => sum + one, 0) / 1000;
  const sorted = counted.toSorted((a, b) => a - b);
  return {
    frames: counted.length,
    seconds,
    p95Ms: sorted[Math.floor(sorted.length * 0.95)],
    worstMs: sorted[sorted.length - 1],
    over25Ms: counted.filter((one) => one > 25).length,
    busy: ((await busy()) - before) / seconds,
  };
}

function tell(name: string, { frames, seconds, p95Ms, worstMs, over25Ms, busy }: Frames): void {
  const line = `${(frames / seconds).toFixed(1)} frames/s (95 of 100 within ${p95Ms.toFixed(1)} ms, worst ${worstMs.toFixed(0)} ms, ${over25Ms} over 25 ms), main thread busy ${(busy * 100).toFixed(0)} %`;
  console.log(`${name.padEnd(36)} ${line}`);
}

const page = await context.newPage();
const loads: number[] = [];
for (let k = 0; k < 5; k++) {
  await page.goto("about:blank");
  await page.goto(`${base}#/wall`);
  await page.locator("tbody tr:not([hidden])").first().waitFor();
  loads.push(await page.evaluate(() => performance.now()));
}
const paint = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0);
console.log(`${"loading to the first row of viewers".padEnd(36)} ${loads.map((one) => one.toFixed(0)).join(", ")} ms; first paint ${paint.toFixed(0)} ms`);
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
