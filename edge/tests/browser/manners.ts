/**
 * How the device treats a viewer: asked, read, paused, shown something, let go; by keyboard alone, in both languages.
 * What was found is written down as JSON.
 *
 *     node build/browser/manners.js '{"service": ..., "key": ..., "port": ..., "clip": ..., "place": ..., "out": ...}'
 */

import { writeFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";

import type { Page } from "playwright-core";

import { startChromium, type Running } from "./chromium";
import { contrasts } from "./contrast";
import { openShop } from "./shop";
import { Traffic } from "./traffic";
import { accessibility, focused, until } from "./wanted";

const asked = JSON.parse(process.argv[2]) as { service: string; key: string; port: number; clip: string; place: string; out: string };

const shop = await openShop({ ...asked, language: "en" });
const chromium = await startChromium(asked.clip);
const traffic = await Traffic.watch(chromium.address);
const found: Record<string, unknown> = {};
try {
  for (const lang of ["en", "zh"]) found[`sheet_${lang}`] = await sheet(chromium, lang);
  found.narrow = await zoomed(chromium);
  found.dark = await dark(chromium);
  found.read = await readByKeyboard(chromium);
  writeFileSync(asked.out, JSON.stringify(found));
} finally {
  traffic.close();
  await chromium.close();
  shop.close();
}

/** A new viewer's page, with the sheet open. */
async function visit({ browser }: Running, viewer: string, options: object = {}): Promise<Page> {
  const context = await browser.newContext({ reducedMotion: "reduce", ...options });
  const page = await context.newPage();
  await page.addInitScript(() => {
    const cameras = ((window as any).cameras = [] as MediaStreamTrack[]);
    const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = async (wanted) => {
      const stream = await ask(wanted);
      cameras.push(...stream.getTracks());
      return stream;
    };
  });
  await page.goto(`${shop.url}?viewer=${viewer}`);
  await page.getByRole("dialog").waitFor();
  return page;
}

function state(page: Page): Promise<{ name: string; why: string }> {
  return page.evaluate(() => (window as any).device.state);
}

function inState(page: Page, name: string): Promise<boolean | undefined> {
  return until(async () => (await state(page)).name === name || undefined);
}

/** How many cameras were opened, and how many still run. */
function cameras(page: Page): Promise<number[]> {
  return page.evaluate(() => {
    const all = (window as any).cameras as MediaStreamTrack[];
    return [all.length, all.filter(({ readyState }) => readyState === "live").length];
  });
}

function rowsSent(): number {
  return traffic.frames.filter(({ opcode }) => opcode === 2).length;
}

function said(type: string): object[] {
  return traffic.frames
    .filter(({ opcode }) => opcode === 1)
    .map(({ content }) => JSON.parse(Buffer.from(content, "base64").toString()))
    .filter((message) => message.type === type);
}

/** The sheet, and a no by the Escape key. */
async function sheet(running: Running, lang: string): Promise<object> {
  const page = await visit(running, `sheet-${lang}&lang=${lang}`);
  const first = await focused(page);
  const tree = await accessibility(page);
  const round: string[] = [];
  for (let i = 0; i < 18; i++) {
    await page.keyboard.press("Tab");
    round.push(await focused(page));
  }
  const answers = await page.locator(".answer").evaluateAll((all) => all.map((one) => one.getBoundingClientRect().width));
  const language = await page.locator("telltale-device .root").getAttribute("lang");
  const texts = await contrasts(page);
  const requests = traffic.requests.length;
  await page.keyboard.press("Escape");
  await wait(1_000);
  const after = { state: await state(page), requests: traffic.requests.length - requests, cameras: await cameras(page) };
  await page.reload();
  await inState(page, "declined");
  const again = { state: await state(page), sheets: await page.getByRole("dialog").count() };
  await page.context().close();
  return { first, tree, round, answers, language, texts, after, again };
}

/** A page of 1280 px at 200 %: half as wide for what is laid out. */
async function zoomed(running: Running): Promise<object> {
  const page = await visit(running, "zoomed", { viewport: { width: 640, height: 360 }, deviceScaleFactor: 2 });
  const sizes = await page.evaluate(() => {
    const root = document.querySelector("telltale-device")!.shadowRoot!;
    const box = (name: string): DOMRect => root.querySelector(name)!.getBoundingClientRect();
    const told = root.querySelector(".told")!;
    const [sheet, answers] = [box(".sheet"), box(".answers")];
    return {
      inside: sheet.left >= 0 && sheet.right <= innerWidth && sheet.top >= 0 && answers.bottom <= innerHeight,
      sideways: told.scrollWidth - told.clientWidth,
      readable: told.clientHeight,
    };
  });
  await page.getByRole("checkbox").last().check();
  const reached = await page.getByRole("checkbox").last().isChecked();
  await page.context().close();
  return { ...sizes, reached };
}

async function dark(running: Running): Promise<object> {
  const page = await visit(running, "dark", { colorScheme: "dark" });
  const paper = await page.locator(".sheet").evaluate((one) => getComputedStyle(one).backgroundColor);
  const texts = await contrasts(page);
  await page.context().close();
  return { paper, texts };
}

/** From yes to the receipt without a mouse. */
async function readByKeyboard(running: Running): Promise<object> {
  const page = await visit(running, "keys");
  const press = async (key: string, on: string): Promise<void> => {
    for (let i = 0; i < 30 && !(await focused(page)).includes(on); i++) await page.keyboard.press("Tab");
    await page.keyboard.press(key);
  };
  await press("Space", "Read my expressions");
  await press("Enter", "Agree");
  const without = { state: (await state(page)).name, focus: await focused(page), alert: await page.getByRole("alert").textContent() };
  await page.keyboard.press("Space");
  await press("Space", "Show me something");
  await press("Enter", "Agree");
  await inState(page, "reading");
  await until(() => rowsSent() > 0 || undefined);
  const sign = (await accessibility(page)).filter(({ role }) => ["region", "status", "button", "group", "DisclosureTriangle"].includes(role));
  const reading = { cameras: await cameras(page), sign };

  await page.locator(".note").waitFor({ timeout: 60_000 });
  const note = await page.locator(".note").first().innerText();
  const still = await page.locator(".note").first().evaluate((one) => getComputedStyle(one).animationName);
  await until(() => said("exposed").length > 0 || undefined);
  const shown = { note, still, exposed: said("exposed") };
  await press("Enter", "Dismiss");
  await until(async () => (await page.locator(".note").count()) === 0 || undefined);

  await press("Enter", "Pause");
  await inState(page, "paused");
  await wait(1_500);
  const rows = rowsSent();
  await wait(2_500);
  const paused = { cameras: await cameras(page), rows: rowsSent() - rows, said: said("pause"), focus: await focused(page) };
  await page.keyboard.press("Enter");
  await inState(page, "reading");
  await until(() => rowsSent() > rows || undefined);
  const resumed = { cameras: await cameras(page), rows: rowsSent() - rows };

  await press("Enter", "More");
  await press("Space", "Show me nothing");
  const asks = (): boolean => traffic.requests.some(({ method, url }) => method === "PUT" && url.endsWith("/v1/opt-out?out=true"));
  await until(() => asks() || undefined);
  await page.keyboard.press("Escape");
  const notes = said("exposed").length;
  await wait(6_000);
  const opted = { asked: asks(), notes: (await page.locator(".note").count()) + said("exposed").length - notes, focus: await focused(page) };

  await press("Enter", "Stop and forget me");
  await page.getByRole("dialog").waitFor();
  const last = rowsSent();
  await wait(1_500);
  const receipt = {
    state: await state(page),
    cameras: await cameras(page),
    rows: rowsSent() - last,
    focus: await focused(page),
    text: await page.getByRole("dialog").innerText(),
    signs: await page.locator(".sign").count(),
  };
  await press("Enter", "Close");
  const closed = await page.getByRole("dialog").count();
  return { without, reading, shown, paused, resumed, opted, receipt, closed };
}
