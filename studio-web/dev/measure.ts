/** What a page costs its main thread, by Chromium's own count of processor time: waiting for a core is not in it. */
import type { Page } from "playwright-core";

/** Milliseconds of the main thread in a second of the clock. */
export interface Cost {
  all: number;
  script: number;
  style: number;
  layout: number;
}

const NAMES = { all: "TaskDuration", script: "ScriptDuration", style: "RecalcStyleDuration", layout: "LayoutDuration" } as const;

export async function cost(page: Page, during: () => Promise<unknown>): Promise<Cost> {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  const read = async (): Promise<Map<string, number>> => {
    const { metrics } = await session.send("Performance.getMetrics");
    return new Map(metrics.map(({ name, value }) => [name, value]));
  };
  const before = await read();
  const began = performance.now();
  await during();
  const seconds = (performance.now() - began) / 1000;
  const after = await read();
  await session.detach();
  const of = (name: string): number => (((after.get(name) ?? Number.NaN) - (before.get(name) ?? Number.NaN)) * 1000) / seconds;
  return { all: of(NAMES.all), script: of(NAMES.script), style: of(NAMES.style), layout: of(NAMES.layout) };
}
