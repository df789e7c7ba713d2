/**
 * A tab that is read goes behind another one and comes back. Driven by the debugging protocol alone: a library that
 * drives pages makes them all believe that they are in front.
 *
 *     node build/browser/hidden.js '{"service": ..., "key": ..., "port": ..., "clip": ..., "place": ..., "out": ...}'
 */

import { writeFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";

import { startChromium } from "./chromium";
import { openShop } from "./shop";
import { Traffic } from "./traffic";
import { until } from "./wanted";

const asked = JSON.parse(process.argv[2]) as { service: string; key: string; port: number; clip: string; place: string; out: string };
const shop = await openShop({ ...asked, language: "en" });
const chromium = await startChromium(asked.clip);
await chromium.browser.close();
const traffic = await Traffic.watch(chromium.address);
const AGREE = `
  const root = document.querySelector("telltale-device")?.shadowRoot;
  const boxes = [...(root?.querySelectorAll("input") ?? [])];
  for (const box of boxes) box.checked || box.click();
  const yes = [...(root?.querySelectorAll("button") ?? [])].find((one) => one.textContent === "Agree");
  yes?.click();
  return boxes.length > 0;
`;
try {
  const { targetId } = await traffic.ask("Target.createTarget", { url: `${shop.url}?viewer=hidden` });
  const session = (await until(() => traffic.sessions.get(targetId)))!;
  const run = async (body: string): Promise<any> => {
    const expression = `(() => { ${body} })()`;
    return (await traffic.ask("Runtime.evaluate", { expression, returnByValue: true }, session)).result?.value;
  };
  const now = (): Promise<{ name: string; why: string; seen: string }> =>
    run("return { ...(window.device?.state ?? {}), seen: document.visibilityState };");
  const rows = (): number => traffic.frames.filter(({ opcode }) => opcode === 2).length;
  await until(() => run(AGREE));
  await until(() => (rows() > 1 ? true : undefined), 90_000);
  const front = await now();
  await traffic.ask("Target.createTarget", { url: "about:blank" });
  await until(async () => (await now()).name === "paused" || undefined);
  await wait(1_500);
  const before = rows();
  await wait(4_000);
  const behind = { ...(await now()), rows: rows() - before };
  await traffic.ask("Target.activateTarget", { targetId });
  await until(() => (rows() > before ? true : undefined), 60_000);
  const texts = traffic.frames.filter(({ opcode }) => opcode === 1).map(({ content }) => Buffer.from(content, "base64").toString());
  writeFileSync(asked.out, JSON.stringify({ front, behind, back: { ...(await now()), rows: rows() - before }, texts }));
} finally {
  traffic.close();
  await chromium.close();
  shop.close();
}
