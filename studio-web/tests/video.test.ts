/** A session whose viewer agreed to be recorded: its video leads, on its own clock; one that cannot be played gives way. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { VIDEO_OFFSET_S } from "../dev/session.ts";
import { base, go, serve, visit } from "./visit.ts";

const RECORDED = "sessions/study/p0012-s2";

/** Two seconds of a grey that grows lighter. */
async function clip(page: Page): Promise<Buffer> {
  const bytes = await page.evaluate(async () => {
    const canvas = document.createElement("canvas");
    const context = canvas.getContext("2d") as CanvasRenderingContext2D;
    const recorder = new MediaRecorder(canvas.captureStream(20), { mimeType: "video/mp4" });
    const parts: Blob[] = [];
    recorder.ondataavailable = (event) => parts.push(event.data);
    let shade = 0;
    const timer = setInterval(() => {
      context.fillStyle = `rgb(${shade} ${shade} ${shade})`;
      context.fillRect(0, 0, canvas.width, canvas.height);
      shade += 5;
    }, 50);
    recorder.start();
    await new Promise((resolve) => setTimeout(resolve, 2200));
    const stopped = new Promise((resolve) => recorder.addEventListener("stop", resolve));
    recorder.stop();
    await stopped;
    clearInterval(timer);
    return [...new Uint8Array(await new Blob(parts).arrayBuffer())];
  });
  return Buffer.from(bytes);
}

test("the video stands where its own clock says, and time goes on with it", async () => {
  const first = await visit("");
  const video = await clip(first.page);
  await first.context.close();
  const { base } = await serve({ video });
  const { context, page, faults } = await visit("ada", { at: base });
  await go(page, RECORDED, base);
  const at = (): Promise<number> => page.locator("video").evaluate((one: HTMLVideoElement) => one.currentTime);
  await page.locator(".tracks").focus();
  await page.keyboard.press("ArrowRight");
  assert.ok(Math.abs((await at()) - (1 + VIDEO_OFFSET_S)) < 1e-3, `the video stands at ${await at()} s`);
  await page.keyboard.press("Home");
  await page.keyboard.press("Space");
  await page.waitForFunction(() => Number(document.querySelector(".tracks")?.getAttribute("aria-valuenow")) > 0.5);
  await page.keyboard.press("Space");
  await page.getByRole("button", { name: "Play", exact: true }).waitFor();
  const shown = Number(await page.locator(".tracks").getAttribute("aria-valuenow"));
  assert.ok(Math.abs((await at()) - shown - VIDEO_OFFSET_S) < 0.06, `${await at()} s of the video at ${shown} s`);
  assert.equal(await page.locator(".stage canvas").count(), 0);
  assert.deepEqual(faults, []);
  await context.close();
});

test("a video that cannot be played gives way to the drawn face, and that is said", async () => {
  const { context, page } = await visit("ada");
  await go(page, RECORDED, base);
  await page.getByText("The video cannot be played here, so the face is drawn.").waitFor();
  assert.equal(await page.locator("video").count(), 0);
  assert.equal(await page.locator(".stage canvas").count(), 1);
  await context.close();
});
