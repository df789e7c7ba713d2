/**
 * Pictures of all that a viewer sees: sheet, sign, note, receipt and the page for trying, light and dark, wide and
 * narrow, in both languages. For people to look at.
 *
 *     node build/browser/looks.js '{"service": ..., "key": ..., "port": ..., "clip": ..., "place": ..., "out": FOLDER}'
 */

import { mkdirSync } from "node:fs";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";

import type { BrowserContextOptions, Page } from "playwright-core";

import { startChromium } from "./chromium";
import { openShop } from "./shop";
import { until } from "./wanted";

const asked = JSON.parse(process.argv[2]) as { service: string; key: string; port: number; clip: string; place: string; out: string };
const WIDE = { width: 1280, height: 800 };
const NARROW = { width: 390, height: 844 };
const YES = { en: "Agree", zh: "同意" };
const SMILE = { en: "smile", zh: "微笑" };
const FORGET = { en: "Stop and forget me", zh: "停止并忘记我" };
type Lang = keyof typeof YES;

mkdirSync(asked.out, { recursive: true });
const shop = await openShop({ ...asked, language: "en" });
const chromium = await startChromium(asked.clip);
try {
  for (const [name, lang, options] of variants()) await series(name, lang, options);
} finally {
  await chromium.close();
  shop.close();
}

function variants(): [string, Lang, BrowserContextOptions][] {
  const narrow = { viewport: NARROW, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
  return [
    ["wide-light-en", "en", { viewport: WIDE, colorScheme: "light" }],
    ["wide-dark-zh", "zh", { viewport: WIDE, colorScheme: "dark" }],
    ["narrow-light-zh", "zh", { ...narrow, colorScheme: "light" }],
    ["narrow-dark-en", "en", { ...narrow, colorScheme: "dark" }],
  ];
}

async function series(name: string, lang: Lang, options: BrowserContextOptions): Promise<void> {
  const context = await chromium.browser.newContext(options);
  const shot = (page: Page, what: string): Promise<Buffer> => page.screenshot({ path: path.join(asked.out, `${what}-${name}.png`) });
  const page = await context.newPage();
  await page.goto(`${shop.url}?viewer=look-${name}&lang=${lang}`);
  await page.getByRole("dialog").waitFor();
  await shot(page, "sheet");
  await agree(page, lang);
  await shot(page, "starting");
  await page.waitForFunction(() => (window as any).device.state.name === "reading");
  await wait(3_000);
  await page.locator("summary").click();
  await shot(page, "sign");
  await page.locator("summary").click();
  await page.locator(".note").first().waitFor({ timeout: 40_000 }).catch(() => console.log(`${name}: no note`));
  await shot(page, "note");
  await page.getByRole("button", { name: FORGET[lang] }).click();
  await page.getByRole("dialog").waitFor();
  await shot(page, "receipt");
  const trying = await context.newPage();
  await trying.goto(`${asked.service}/try/?lang=${lang}`);
  await trying.getByRole("dialog").waitFor();
  await shot(trying, "try-sheet");
  await agree(trying, lang);
  // While the clip smiles.
  const smile = trying.locator(".unit", { hasText: SMILE[lang] }).locator(".bar.left");
  const wide = (bar: Element): boolean => new DOMMatrix(getComputedStyle(bar).transform).a > 0.6;
  await until(async () => (await smile.evaluate(wide)) || undefined, 40_000);
  await shot(trying, "try");
  await context.close();
}

async function agree(page: Page, lang: Lang): Promise<void> {
  for (const box of await page.getByRole("checkbox").all()) await box.check();
  await page.getByRole("button", { name: YES[lang], exact: true }).click();
}
