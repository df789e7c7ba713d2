/** By keyboard and for a screen reader: every control is reached, is seen when it is, and has a name. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { CDPSession, Page } from "playwright-core";
import { go, PAGES, visit } from "./visit.ts";

/** Stops that are no controls of ours: stretches that scroll, what the browser adds. */
const SPARE_TABS = 12;

/** Controls that the Tab key should find; of the wall's rows and of radio buttons it finds one, arrows the others.
 * A report's frame is the browser's to enter; the link before it opens the same page. */
function controls(): string[] {
  const all = document.querySelectorAll<HTMLElement>("a[href], button, input, select, summary, [tabindex='0']");
  const names: string[] = [];
  for (const [k, one] of [...all].entries()) {
    one.dataset.control = String(k);
    const off = one.tabIndex < 0 || (one as HTMLButtonElement).disabled || !one.checkVisibility();
    if (!off && !(one instanceof HTMLInputElement && one.type === "radio" && !one.checked)) names.push(`${k} ${one.outerHTML.slice(0, 90)}`);
  }
  return names;
}

interface Focus {
  control: string;
  /** Whether one sees where it is. */
  visible: boolean;
}

/** Writes down in the page where the focus goes. */
function follow(): void {
  const went: Focus[] = [];
  Object.assign(window, { went });
  document.addEventListener("focusin", () => {
    const one = document.activeElement as HTMLElement;
    const shown = one.matches(".segments input") ? (one.nextElementSibling as HTMLElement) : one;
    const { outlineStyle, outlineWidth } = getComputedStyle(shown);
    const ringed = outlineStyle !== "none" && Number.parseFloat(outlineWidth) >= 2;
    went.push({ control: one.dataset.control ?? "", visible: ringed || one.matches("body, main, iframe, .skip, [tabindex='-1']") });
  });
}

async function byTab(page: Page, times: number): Promise<Focus[]> {
  await page.evaluate(follow);
  for (let k = 0; k < times; k++) await page.keyboard.press("Tab");
  return page.evaluate(() => (window as unknown as { went: Focus[] }).went);
}

test("the Tab key reaches every control of every page, and one sees where it is", async () => {
  const { context, page } = await visit("all", { motion: false });
  for (const path of PAGES) {
    await go(page, path);
    await page.reload();
    await go(page, path);
    const wanted = await page.evaluate(controls);
    assert.ok(wanted.length > 8, path);
    const went = await byTab(page, wanted.length + SPARE_TABS);
    const reached = new Set(went.map(({ control }) => control));
    const missed = wanted.filter((one) => !reached.has(one.split(" ")[0]));
    const unseen = went.filter(({ visible }) => !visible).map(({ control }) => control);
    assert.deepEqual({ path, missed, unseen }, { path, missed: [], unseen: [] });
  }
  await context.close();
});

const NAMED = new Set(["button", "link", "textbox", "searchbox", "combobox", "radio", "slider", "image", "Iframe", "table"]);
/** A page that is still drawing may show a control before its name; a person hears it after. */
const DRAWN_MS = 2000;

/** What a screen reader would say nothing of: role and source. */
async function nameless(session: CDPSession, path: string): Promise<string[]> {
  const { nodes } = await session.send("Accessibility.getFullAXTree");
  const told = nodes.filter(({ ignored, role }) => !ignored && NAMED.has(String(role?.value)));
  assert.ok(told.length > 8, path);
  const mute = told.filter(({ name }) => !String(name?.value ?? "").trim());
  return Promise.all(mute.map(async ({ role, backendDOMNodeId }) => `${role?.value} ${await source(session, backendDOMNodeId)}`));
}

async function source(session: CDPSession, backendNodeId?: number): Promise<string> {
  if (backendNodeId === undefined) return "without a node";
  try {
    return (await session.send("DOM.getOuterHTML", { backendNodeId })).outerHTML.slice(0, 200);
  } catch {
    return "gone since";
  }
}

test("every control has a name that a screen reader says, and the switch is announced", async () => {
  const { context, page } = await visit("all");
  const session = await context.newCDPSession(page);
  for (const path of PAGES) {
    await go(page, path);
    const until = Date.now() + DRAWN_MS;
    let found = await nameless(session, path);
    while (found.length > 0 && Date.now() < until) {
      await page.waitForTimeout(100);
      found = await nameless(session, path);
    }
    assert.deepEqual({ path, found }, { path, found: [] });
  }
  assert.equal(await page.locator('.banners [role="status"][aria-live="polite"]').count(), 1);
  await context.close();
});

test("who wants less motion gets none", async () => {
  const moving = (page: Page): Promise<number> =>
    page.evaluate(() => [...document.querySelectorAll("*")].filter((one) => !/^0s(, 0s)*$/.test(getComputedStyle(one).transitionDuration) || getComputedStyle(one).animationName !== "none").length);
  const still = await visit("all", { motion: false });
  await go(still.page, "wall");
  assert.equal(await moving(still.page), 0);
  await still.context.close();
  const usual = await visit("all");
  await go(usual.page, "wall");
  assert.ok((await moving(usual.page)) > 0);
  await usual.context.close();
});
