/** The studio as it ships, opened in Chromium before the made-up server: what the tests of its pages share. */
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { after, before } from "node:test";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { openBrowser } from "../dev/browser.ts";
import { DevServer, type Options } from "../dev/server.ts";

/** Where pictures go; none are kept without it. */
const PICTURES = process.env.TELLTALE_PICTURES ?? "";
export const PLAYED = "sessions/live/s-9e3779b1";
export const PAGES = ["wall", "sessions", PLAYED, "decisions", "study", "audit"];

let browser: Browser;
/** The server that tests share; those that change something take their own. */
export let base: string;
const open: { stop(): Promise<void> }[] = [];

before(async () => {
  browser = await openBrowser();
  ({ base } = await serve());
  if (PICTURES) mkdirSync(PICTURES, { recursive: true });
});
after(async () => {
  await browser.close();
  for (const one of open) await one.stop();
});

export async function serve(options: Options = {}): Promise<{ server: DevServer; base: string }> {
  const one = new DevServer(options);
  open.push(one);
  return { server: one, base: await one.start() };
}

export interface Visit {
  context: BrowserContext;
  page: Page;
  /** Console errors, breaches of the policy and errors thrown. */
  faults: string[];
}

export async function visit(name: string, options: { width?: number; height?: number; dark?: boolean; at?: string; motion?: boolean } = {}): Promise<Visit> {
  const at = options.at ?? base;
  const context = await browser.newContext({
    viewport: { width: options.width ?? 1280, height: options.height ?? 800 },
    colorScheme: options.dark ? "dark" : "light",
    reducedMotion: options.motion === false ? "reduce" : "no-preference",
    locale: "en",
  });
  if (name) {
    const answer = await context.request.post(new URL("/v1/operator/login", at).href, { data: { name, password: "any" }, headers: { "x-telltale": "studio" } });
    assert.equal(answer.status(), 200);
  }
  const page = await context.newPage();
  page.setDefaultTimeout(8000);
  const faults: string[] = [];
  page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
  page.on("pageerror", (error) => faults.push(String(error)));
  return { context, page, faults };
}

export async function go(page: Page, path: string, at = base): Promise<void> {
  await page.goto(`${at}#/${path}`);
  await page.locator(path ? `main[data-page="${path}"] h1` : "main[data-page] h1").waitFor({ state: "attached" });
  if (path === "wall") await page.locator("tbody tr:not([hidden]), .list > .empty:not([hidden])").first().waitFor();
  if (path === "decisions") await page.locator(".ratio :is(table, .empty)").first().waitFor();
  if (path === "audit") await page.locator("section:last-child :is(table, .empty)").first().waitFor();
}

export async function picture(page: Page, name: string): Promise<void> {
  if (PICTURES) await page.screenshot({ path: `${PICTURES}/${name.replaceAll("/", "-")}.png` });
}
