/** The studio as it ships, in Chromium: every page, light and dark, wide and narrow; what must not be missed. */
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { after, before, test } from "node:test";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { openBrowser } from "../dev/browser.ts";
import { DevServer, type Options } from "../dev/server.ts";

/** Where pictures go; none are kept without it. */
const PICTURES = process.env.TELLTALE_PICTURES ?? "";
const PLAYED = "sessions/live/s-9e3779b1";
const PAGES = ["wall", "sessions", PLAYED, "decisions", "study", "audit"];

let browser: Browser;
let base: string;
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

async function serve(options: Options = {}): Promise<{ server: DevServer; base: string }> {
  const one = new DevServer(options);
  open.push(one);
  return { server: one, base: await one.start() };
}

interface Visit {
  context: BrowserContext;
  page: Page;
  /** Console errors, breaches of the policy and errors thrown. */
  faults: string[];
}

async function visit(name: string, options: { width?: number; height?: number; dark?: boolean; at?: string; motion?: boolean } = {}): Promise<Visit> {
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

async function go(page: Page, path: string, at = base): Promise<void> {
  await page.goto(`${at}#/${path}`);
  await page.locator(path ? `main[data-page="${path}"] h1` : "main[data-page] h1").waitFor({ state: "attached" });
  if (path === "wall") await page.locator("tbody tr:not([hidden]), .list > .empty:not([hidden])").first().waitFor();
  if (path === "decisions") await page.locator(".ratio :is(table, .empty)").first().waitFor();
  if (path === "audit") await page.locator("section:last-child :is(table, .empty)").first().waitFor();
}

async function picture(page: Page, name: string): Promise<void> {
  if (PICTURES) await page.screenshot({ path: `${PICTURES}/${name.replaceAll("/", "-")}.png` });
}

const overflow = (page: Page): Promise<number> => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);

for (const [width, height] of [[1280, 800], [390, 844]]) {
  for (const dark of [false, true]) {
    const kind = `${width}-${dark ? "dark" : "light"}`;
    test(`every page at ${kind}: no error, no breach of the policy, nothing wider than the screen`, async () => {
      const { context, page, faults } = await visit("all", { width, height, dark });
      for (const path of PAGES) {
        await go(page, path);
        if (path === PLAYED) {
          await page.locator(".tracks canvas").waitFor();
          for (let k = 0; k < 15; k++) await page.keyboard.press("ArrowRight");
        }
        if (path === "decisions") await page.locator(".unfold").first().click();
        await picture(page, `${path.split("/")[0]}${path === PLAYED ? "-player" : ""}-${kind}`);
        assert.ok((await overflow(page)) <= 0, `${path} is too wide`);
        if (path === "wall") {
          await page.locator("tbody tr:not([hidden]) .open").nth(1).click();
          await page.locator(".panel table.verdicts, .panel li.soft").first().waitFor();
          await picture(page, `wall-panel-${kind}`);
        }
      }
      assert.deepEqual(faults, []);
      await context.close();
    });
  }
}

test("a phone of 360 px: nothing is wider than the screen", async () => {
  const { context, page } = await visit("all", { width: 360, height: 740 });
  for (const path of PAGES) {
    await go(page, path);
    assert.ok((await overflow(page)) <= 0, path);
  }
  await context.close();
});

test("each role finds its own pages and no others, and the switch only where it may", async () => {
  const wanted: Record<string, [string[], boolean]> = {
    lin: [["Live wall", "Decisions"], true],
    ada: [["Live wall", "Sessions", "Decisions", "Study"], false],
    priya: [["Decisions", "Consent and audit"], true],
  };
  for (const [name, [pages, mayStop]] of Object.entries(wanted)) {
    const { context, page, faults } = await visit(name);
    await go(page, "");
    assert.deepEqual(await page.locator("nav a").allTextContents(), pages);
    assert.equal(await page.locator(".stop").count(), mayStop ? 1 : 0);
    await page.goto(`${base}#/${name === "priya" ? "wall" : "audit"}`);
    await page.getByText("Your role may not see this.").waitFor();
    assert.deepEqual(faults, []);
    await context.close();
  }
});

test("logging in: a wrong password is told, the right one opens the first page, logging out closes it", async () => {
  const { context, page } = await visit("", { dark: true });
  await page.goto(base);
  await page.getByLabel("Name").fill("lin");
  await page.getByLabel("Password").fill("wrong");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").filter({ hasText: "do not go together" }).waitFor();
  await picture(page, "login-1280-dark");
  await page.getByLabel("Password").fill("right");
  await page.keyboard.press("Enter");
  await page.locator("table.wall").waitFor();
  await page.getByRole("button", { name: "Log out" }).click();
  await page.getByLabel("Name").waitFor();
  await context.close();
});

test("stopping everything by keyboard: a reason is asked for, the whole frame says so, and it starts again", async () => {
  const { server, base } = await serve();
  const { context, page, faults } = await visit("lin", { at: base });
  await go(page, "wall", base);
  await page.locator(".stop").focus();
  await page.keyboard.press("Enter");
  await page.keyboard.type("no");
  await page.keyboard.press("Enter");
  await page.getByText("Give a reason of 3 letters or more.").waitFor();
  await picture(page, "stop-dialog");
  assert.equal(server.switch.on, true);
  await page.keyboard.type(" stock is known");
  await page.keyboard.press("Enter");
  await page.locator(".banner.stopped", { hasText: "no stock is known" }).waitFor();
  assert.equal(server.switch.on, false);
  assert.ok(await page.locator("body.stopped").count());
  await picture(page, "stopped");
  await page.getByRole("button", { name: "Start again" }).click();
  await page.keyboard.type("stock came");
  await page.keyboard.press("Enter");
  await page.locator("body:not(.stopped)").waitFor();
  assert.equal(server.switch.on, true);
  assert.deepEqual(faults, []);
  await context.close();
});

test("a lost line is told with its time, and news comes back by itself", async () => {
  const { server, base } = await serve();
  const { context, page } = await visit("lin", { at: base });
  await go(page, "wall", base);
  server.cut = true;
  server.dropSockets();
  await page.locator(".banner.lost", { hasText: "No news from the server for 0:01" }).waitFor();
  await picture(page, "lost");
  server.cut = false;
  await page.locator(".banner.lost").waitFor({ state: "hidden" });
  await context.close();
});

test("the wall by keyboard: arrows go through the rows, Enter opens one, Escape closes it and comes back", async () => {
  const { context, page, faults } = await visit("ada", { motion: false });
  await go(page, "wall");
  assert.ok((await page.locator("tbody tr").count()) < 30, "only rows in sight are there");
  assert.equal(await page.locator("table.wall").getAttribute("aria-rowcount"), "201");
  await page.locator('.open[tabindex="0"]').first().focus();
  for (let k = 0; k < 30; k++) await page.keyboard.press("ArrowDown");
  const row = await page.evaluate(() => document.activeElement?.closest("tr")?.getAttribute("aria-rowindex"));
  assert.equal(row, "32");
  const name = await page.evaluate(() => document.activeElement?.textContent);
  await page.keyboard.press("Enter");
  await page.locator(".panel h2", { hasText: name ?? "" }).waitFor();
  await page.keyboard.press("Escape");
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), name);
  await page.getByLabel("State").selectOption("paused");
  await page.getByText(/^\d+ of 200 viewers$/).waitFor();
  assert.ok((await page.locator("tbody tr:not([hidden]) .reading .line", { hasText: "paused" }).count()) > 3);
  assert.deepEqual(faults, []);
  await context.close();
});

test("the player plays, moves the face, and says where nothing was read", async () => {
  const { context, page, faults } = await visit("ada");
  await go(page, PLAYED);
  const face = page.locator(".stage canvas");
  const drawn = (): Promise<string> => face.evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL().slice(-4000));
  const before = await drawn();
  await page.keyboard.press("Space");
  await page.waitForFunction(() => Number(document.querySelector(".tracks")?.getAttribute("aria-valuenow")) > 0.8);
  await page.keyboard.press("Space");
  await page.getByRole("button", { name: "Play", exact: true }).waitFor();
  assert.notEqual(await drawn(), before);
  await page.keyboard.press("Home");
  for (let k = 0; k < 6; k++) await page.keyboard.press("Shift+ArrowRight");
  await page.locator(".not-read").waitFor();
  await picture(page, "player-not-read");
  await page.keyboard.press("+");
  await page.keyboard.press("+");
  assert.equal(await page.locator(".tracks").getAttribute("aria-valuetext"), "1:00.0 of 3:04");
  await picture(page, "player-zoomed");
  assert.deepEqual(faults, []);
  await context.close();
});

test("a withdrawal is confirmed and its receipt shown", async () => {
  const { context, page, faults } = await visit("priya");
  await go(page, "audit");
  await page.locator("#withdraw-viewer").fill("v-9e37");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Erase everything about v-9e37?" }).waitFor();
  await picture(page, "withdraw-ask");
  await page.getByRole("button", { name: "Erase and write a receipt" }).click();
  await page.locator("dialog .receipt", { hasText: "9,120 rows" }).waitFor();
  await picture(page, "withdraw-receipt");
  assert.deepEqual(faults, []);
  await context.close();
});

test("empty pages say what is missing", async () => {
  const { base } = await serve({ empty: true, simulated: false });
  const { context, page, faults } = await visit("all", { at: base });
  for (const path of ["wall", "sessions", "decisions", "audit"]) {
    await go(page, path, base);
    await page.locator(".empty:not([hidden])").first().waitFor();
    await picture(page, `empty-${path}`);
  }
  assert.equal(await page.locator(".banner.simulated").isVisible(), false);
  assert.deepEqual(faults, []);
  await page.goto(`${base}#/study`);
  await page.getByText("No study is open.").waitFor();
  await context.close();
});

test("the other language and the other theme, and both are remembered", async () => {
  const { context, page, faults } = await visit("all");
  await go(page, "wall");
  await page.getByRole("button", { name: "中文" }).click();
  await page.getByRole("button", { name: "深色" }).click();
  for (const path of PAGES) {
    await go(page, path);
    await picture(page, `zh-${path.split("/")[0]}${path === PLAYED ? "-player" : ""}`);
  }
  await page.reload();
  await page.locator('html[lang="zh-Hans"][data-theme="dark"]').waitFor();
  await page.getByRole("heading", { name: "同意与审计" }).waitFor();
  assert.deepEqual(faults, []);
  await context.close();
});
