/**
 * What can go wrong between viewer, shop and service: a shop's own styles and notes, the switch, a withdrawal that does not
 * arrive, a sheet that is opened again. What was found is written down as JSON.
 *
 *     node build/browser/trouble.js '{"service": ..., "key": ..., "password": ..., "port": ..., "clip": ..., "place": ..., "out": ...}'
 */

import { writeFileSync } from "node:fs";

import type { Page } from "playwright-core";

import { startChromium } from "./chromium";
import { openShop } from "./shop";
import { until } from "./wanted";

const asked = JSON.parse(process.argv[2]) as { service: string; key: string; password: string; port: number; clip: string; place: string; out: string };
const shop = await openShop({ ...asked, language: "en" });
const chromium = await startChromium(asked.clip);
const HEADERS = { "content-type": "application/json", "x-telltale": "studio" };
try {
  const page = await visit("shop-styles");
  const styles = await styled(page);
  const unasked = await events(page);
  await page.context().close();
  const read = await visit("own-notes", true);
  await agree(read);
  const notes = await own(read);
  const asking = { unasked, agreed: await events(read) };
  const sheet = await again(read);
  const withdrawn = await withdrawal(read);
  await read.context().close();
  const closed = await closing();
  writeFileSync(asked.out, JSON.stringify({ styles, events: asking, notes, sheet, withdrawn, closed }));
} finally {
  await chromium.close();
  shop.close();
}

/** A new viewer's page with the sheet open; it may draw notes itself, and put the device's own in a place. */
async function visit(viewer: string, drawn = false): Promise<Page> {
  const page = await (await chromium.browser.newContext()).newPage();
  await page.addInitScript((drawn) => {
    const onShow = (show: { text: string }): HTMLElement => {
      const note = document.createElement("p");
      note.className = "own";
      note.textContent = show.text;
      document.querySelector(".stage")!.append(note);
      return note;
    };
    (window as any).further = {
      ...(drawn ? { onShow } : {}),
      get place() {
        return document.querySelector(".stage");
      },
    };
  }, drawn);
  await page.goto(`${shop.url}?viewer=${viewer}`);
  await page.getByRole("dialog").waitFor();
  return page;
}

function state(page: Page): Promise<{ name: string; why: string; text: string }> {
  return page.evaluate(() => (window as any).device.state);
}

function inState(page: Page, name: string, why = ""): Promise<boolean | undefined> {
  return until(async () => {
    const now = await state(page);
    return (now.name === name && (why === "" || now.why === why)) || undefined;
  });
}

function count(page: Page, what: string): Promise<number> {
  return page.locator(what).count();
}

async function agree(page: Page): Promise<void> {
  for (const box of await page.getByRole("checkbox").all()) await box.check();
  await page.getByRole("button", { name: "Agree" }).click();
  await inState(page, "reading");
}

/** Sizes and letters of the sheet, before and after the shop's page takes to styles of its own. */
async function styled(page: Page): Promise<object> {
  const look = (): Promise<object[]> =>
    page.evaluate(() => {
      const root = document.querySelector("telltale-device")!.shadowRoot!;
      return ["small", ".foot", "h2", "dialog", "input[type=checkbox]"].map((name) => {
        const element = root.querySelector(name)!;
        const { fontSize, textTransform, wordSpacing, letterSpacing } = getComputedStyle(element);
        const { width } = element.getBoundingClientRect();
        return { name, width, fontSize, textTransform, wordSpacing, letterSpacing };
      });
    });
  const before = await look();
  const told = await page.getByRole("dialog").innerText();
  await page.evaluate(() => {
    document.documentElement.style.cssText = "font-size: 62.5%";
    document.body.style.cssText = "text-transform: uppercase; word-spacing: .4em; letter-spacing: .2em";
  });
  return { before, after: await look(), told };
}

/** What a shop's page is answered, and what it throws at it. */
function events(page: Page): Promise<unknown[]> {
  return page.evaluate(() =>
    [["add_to_cart", "lamp-3"], ["gift"], ["add_to_cart", "Kettle 1.7 L"], ["add_to_cart", null], ["bought", "lamp-3"]].map((said) => {
      try {
        return (window as any).device.event(...said);
      } catch (error) {
        return String(error);
      }
    }),
  );
}

/** Notes that the page draws: gone after their time, with a pause, with the switch. */
async function own(page: Page): Promise<object> {
  const first = page.locator(".own").first();
  await first.waitFor({ timeout: 60_000 });
  const handle = (await first.elementHandle())!;
  const late = (await until(async () => !(await handle.evaluate((one) => one.isConnected)) || undefined, 20_000)) ?? false;
  const note = async (): Promise<void> => void (await page.locator(".own").first().waitFor({ timeout: 60_000 }));
  await note();
  await page.evaluate(() => (window as any).device.pause());
  const paused = await count(page, ".own");
  await page.evaluate(() => (window as any).device.resume());
  await note();
  await turn(false);
  await inState(page, "waiting", "switched_off");
  const off = { notes: await count(page, ".own"), state: await state(page) };
  await turn(true);
  await inState(page, "reading");
  await note();
  await page.evaluate(() => void (window as any).device.optOut());
  return { late, paused, off, optedOut: await count(page, ".own") };
}

/** Turn the service's switch, as an operator does. */
async function turn(on: boolean): Promise<void> {
  const body = JSON.stringify({ name: "trying", password: asked.password });
  const login = await fetch(`${asked.service}/v1/operator/login`, { method: "POST", headers: HEADERS, body });
  const cookie = login.headers.getSetCookie().map((one) => one.split(";")[0]).join("; ");
  const why = JSON.stringify({ on, why: "to see what the page does" });
  const turned = await fetch(`${asked.service}/v1/switch`, { method: "POST", headers: { ...HEADERS, cookie }, body: why });
  if (!turned.ok) throw new Error(`the switch answered ${turned.status}`);
}

/** The sheet, opened while it reads: left as it was, then with nothing ticked. */
async function again(page: Page): Promise<object> {
  await page.evaluate(() => (window as any).device.ask());
  const keep = page.getByRole("button", { name: "Keep as it was" });
  const no = await page.getByRole("button", { name: "No thanks" }).count();
  await keep.click();
  const kept = await state(page);
  await page.evaluate(() => (window as any).device.ask());
  await page.getByRole("checkbox").first().uncheck();
  return { no, kept, said: await page.getByRole("alert").textContent() };
}

/** "Agree" to nothing takes all back; the service cannot be reached at first, nor by the next page. */
async function withdrawal(page: Page): Promise<object> {
  let tries = 0;
  await page.route("**/v1/consent", async (route) => {
    if (route.request().method() !== "DELETE") return route.continue();
    tries++;
    await route.abort();
  });
  const title = page.getByRole("dialog").getByRole("heading");
  await page.getByRole("button", { name: "Agree" }).click();
  await page.getByRole("button", { name: "Try again" }).waitFor();
  const failed = { title: await title.textContent(), state: await state(page), tries };
  await page.getByRole("button", { name: "Try again" }).click();
  await until(() => tries === 2 || undefined);
  await page.reload();
  await until(() => tries === 3 || undefined);
  await inState(page, "withdrawn", "pending");
  const next = { dialogs: await page.getByRole("dialog").count(), state: await state(page), tries };
  await page.unroute("**/v1/consent");
  await page.context().setOffline(true);
  await page.context().setOffline(false);
  await inState(page, "withdrawn", "viewer");
  const done = { title: await title.textContent(), state: await state(page) };
  await page.reload();
  await inState(page, "declined");
  return { failed, next, done, after: await state(page) };
}

/** A page that leaves: nothing of the device stays in it. */
async function closing(): Promise<object> {
  const page = await visit("closing");
  const before = await count(page, "telltale-device, telltale-notes");
  await page.evaluate(() => (window as any).device.close());
  const after = await count(page, "telltale-device, telltale-notes");
  await page.context().close();
  return { before, after };
}
