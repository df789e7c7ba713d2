/** What people do in the studio: log in, stop everything, go by keyboard, play, withdraw. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { base, go, picture, PLAYED, serve, visit } from "./visit.ts";

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
  assert.equal(await page.locator('.banners [aria-live="polite"]').textContent(), "Everything is stopped");
  await picture(page, "stopped");
  await page.getByRole("button", { name: "Start again" }).click();
  await page.keyboard.type("stock came");
  await page.keyboard.press("Enter");
  await page.locator("body:not(.stopped)").waitFor();
  assert.equal(server.switch.on, true);
  assert.deepEqual(faults, []);
  await context.close();
});

test("one room or one intervention is stopped and started from the same dialog, and every page says so", async () => {
  const { server, base } = await serve();
  const { context, page, faults } = await visit("all", { at: base });
  await go(page, "audit", base);
  await page.locator(".stop").click();
  await page.getByLabel("What", { exact: true }).selectOption("room");
  await page.getByLabel("Reason").fill("the host is ill");
  await page.keyboard.press("Enter");
  await page.getByText("Name the room.").waitFor();
  await page.getByRole("combobox", { name: "Room" }).fill("r7");
  await page.getByRole("heading", { name: "Stop room r7?" }).waitFor();
  await picture(page, "stop-room");
  await page.getByRole("button", { name: "Stop it now" }).click();
  await page.locator(".banner.parts", { hasText: "Stopped by hand: room r7." }).waitFor();
  await page.locator(".stop").click();
  await page.getByLabel("What", { exact: true }).selectOption("intervention");
  await page.getByLabel("Intervention").selectOption("bought_note");
  await page.getByLabel("Reason").fill("the count is wrong");
  await page.getByRole("button", { name: "Stop it now" }).click();
  await page.locator(".banner.parts", { hasText: "people bought this in the last hour" }).waitFor();
  assert.equal(server.switch.on, true);
  await page.locator("td", { hasText: "room r7" }).waitFor();
  await picture(page, "parts-stopped");
  await page.locator(".stop").click();
  await page.getByLabel("What", { exact: true }).selectOption("room");
  await page.getByRole("combobox", { name: "Room" }).fill("r7");
  await page.getByRole("heading", { name: "Start room r7 again?" }).waitFor();
  await page.getByLabel("Reason").fill("another host came");
  await page.getByRole("button", { name: "Start now" }).click();
  await page.locator(".banner.parts", { hasNotText: "r7" }).waitFor();
  assert.deepEqual(
    server.parts.map(({ scope, on }) => [scope, on]),
    [["room:r7", true], ["intervention:bought_note", false], ["room:r7", false]],
  );
  assert.deepEqual(faults, []);
  await context.close();
});

test("what viewers were told and said stands beside what they agreed to", async () => {
  const { context, page, faults } = await visit("priya");
  await go(page, "audit");
  const row = page.getByRole("table", { name: "What viewers were told and said" }).locator("tbody tr");
  assert.match((await row.nth(0).textContent()) ?? "", /yes, .*yes, .*–$/);
  assert.match((await row.nth(1).textContent()) ?? "", /yes, .*–18 or over–$/);
  assert.match((await row.nth(2).textContent()) ?? "", /18 or overyes, /);
  assert.match((await row.nth(3).textContent()) ?? "", /no, /);
  assert.deepEqual(faults, []);
  await context.close();
});

test("a session of which a part is shown says which, and counts its times from the session's start", async () => {
  const { context, page, faults } = await visit("ada");
  await go(page, "sessions/live/s-3c6ef362");
  await page.getByText("This shows 2:00:00 to 2:15:40 of the session. More is kept, until 13:00:00.").waitFor();
  await page.locator("output", { hasText: "2:00:00.0 of 2:15:40" }).waitFor();
  const first = await page.locator(".happened .when").first().textContent();
  assert.match(first ?? "", /^2:0/);
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
  assert.equal(await page.locator('.banners [aria-live="polite"]').textContent(), "No news from the server. What you see is old.");
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
  await page.locator("dialog .receipt", { hasText: "seconds of rows: 912, visits: 1, keys: 1" }).waitFor();
  await picture(page, "withdraw-receipt");
  assert.deepEqual(faults, []);
  await context.close();
});
