/**
 * A viewer agrees and is read for a while; what left the browser is written down as JSON.
 *
 *     node build/browser/proof.js '{"service": ..., "key": ..., "port": ..., "clip": ..., "place": ..., "seconds": ..., "out": ...}'
 */

import { writeFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";

import { startChromium } from "./chromium";
import { marksOf, noteMarks } from "./marks";
import { openShop } from "./shop";
import { Traffic } from "./traffic";
import { until } from "./wanted";

const asked = JSON.parse(process.argv[2]) as {
  service: string;
  key: string;
  port: number;
  clip: string;
  place: string;
  seconds: number;
  out: string;
};

const shop = await openShop({ ...asked, language: "en" });
const chromium = await startChromium(asked.clip);
const traffic = await Traffic.watch(chromium.address);
try {
  const page = await chromium.browser.contexts()[0].newPage();
  await noteMarks(page);
  await page.goto(`${shop.url}?viewer=proof`);
  await page.getByRole("dialog").waitFor();
  // Long enough for whatever would be sent unasked.
  await wait(3_000);
  const before = { cameras: await page.evaluate(() => (window as any).camerasAsked as number), requests: traffic.requests.length };
  for (const box of await page.getByRole("checkbox").all()) await box.check();
  const agreedMs = Date.now();
  await page.getByRole("button", { name: "Agree" }).click();
  const first = await until(() => traffic.frames.find(({ opcode }) => opcode === 2), 60_000);
  await wait(1_000 * asked.seconds);
  const marks = await marksOf(page);
  const told = await page.evaluate(() => ({
    beganMs: Math.max(...Object.values(sessionStorage as Record<string, string>).map((held) => (held ? (JSON.parse(held).beganMs as number) : 0))),
    states: (window as any).states as object[],
  }));
  await page.evaluate(() => (window as any).device.close());
  await wait(500);
  const { requests, frames, sockets } = traffic;
  const firstRowMs = (first?.atMs ?? NaN) - agreedMs;
  writeFileSync(asked.out, JSON.stringify({ before, agreedMs, firstRowMs, marks, ...told, requests, frames, sockets, shop: shop.url }));
} finally {
  traffic.close();
  await chromium.close();
  shop.close();
}
