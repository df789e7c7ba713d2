/** Every page, light and dark, wide and narrow, empty, and in both languages. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { base, go, PAGES, picture, PLAYED, serve, visit } from "./visit.ts";

const overflow = (page: Page): Promise<number> => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);

/** The narrowest phones that are still about. */
async function at360(page: Page, path: string): Promise<void> {
  await page.setViewportSize({ width: 360, height: 740 });
  assert.ok((await overflow(page)) <= 0, `${path} is too wide for 360 px`);
  await page.setViewportSize({ width: 390, height: 844 });
}

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
        if (width === 390) await at360(page, path);
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

test("the switch stays in sight at every width", async () => {
  const { context, page } = await visit("all");
  await go(page, "wall");
  for (let width = 1280; width >= 360; width -= 20) {
    await page.setViewportSize({ width, height: 700 });
    const box = await page.locator(".stop").boundingBox();
    assert.ok(box && box.x >= 0 && box.x + box.width <= width, `at ${width} px it ends at ${box && box.x + box.width} px`);
    assert.ok((await overflow(page)) <= 0, `the wall is too wide for ${width} px`);
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

test("a report that is kept up to date is shown anew when it changed, and asked after no longer than it is shown", async () => {
  const { server, base } = await serve();
  const { context, page, faults } = await visit("all", { at: base });
  await go(page, "study", base);
  const frame = page.frameLocator(".report iframe");
  await page.locator(".report iframe").scrollIntoViewIfNeeded();
  await frame.getByText("139 half minutes").waitFor();
  while (!server.looks.length) await page.waitForTimeout(50);
  server.version = 1;
  await frame.getByText("140 half minutes").waitFor();
  await page.getByRole("button", { name: "How well faces were read" }).click();
  const looks = server.looks.length;
  await page.waitForTimeout(1500);
  assert.equal(server.looks.length, looks);
  assert.ok(server.looks.every((path) => path === "/reports/intent/report.html"));
  await page.getByRole("button", { name: "Who is about to buy" }).click();
  await frame.getByText("140 half minutes").waitFor();
  await go(page, "decisions", base);
  const left = server.looks.length;
  await page.waitForTimeout(1500);
  assert.equal(server.looks.length, left);
  assert.deepEqual(faults, []);
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
