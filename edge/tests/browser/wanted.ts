/** For the scripts that drive a browser: to wait for what has to come, and what Chromium tells a screen reader. */

import { setTimeout as wait } from "node:timers/promises";

import type { Page } from "playwright-core";

/** What it finds, once it finds it; undefined after so long. */
export async function until<T>(look: () => T | undefined | Promise<T | undefined>, mostMs = 30_000): Promise<T | undefined> {
  for (const end = Date.now() + mostMs; Date.now() < end; await wait(50)) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
  }
  return undefined;
}

/** A node of the accessibility tree. */
export interface Told {
  role: string;
  name: string;
  /** Such as `checked: false` or `modal: true`. */
  states: Record<string, unknown>;
}

/** What a screen reader is told of the device's own part of the page. */
export async function accessibility(page: Page): Promise<Told[]> {
  const session = await page.context().newCDPSession(page);
  const { nodes } = await session.send("Accessibility.getFullAXTree");
  await session.detach();
  return nodes
    .filter(({ ignored }) => !ignored)
    .map(({ role, name, properties = [] }) => ({
      role: String(role?.value ?? ""),
      name: String(name?.value ?? ""),
      states: Object.fromEntries(properties.map(({ name: key, value }) => [key, value.value])),
    }))
    .filter(({ role }) => !["none", "generic", "InlineTextBox", "StaticText", "LineBreak"].includes(role));
}

/** Names of what has the focus, from the page down into the device. */
export const focused = (page: Page): Promise<string> =>
  page.evaluate(() => {
    let at: Element | null = document.activeElement;
    while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
    if (at === null || at === document.body) return "page";
    const around = at instanceof HTMLInputElement ? at.labels?.[0] : null;
    const label = around?.querySelector(".name")?.textContent ?? around?.textContent;
    return `${at.tagName.toLowerCase()}: ${at.getAttribute("aria-label") ?? label ?? at.textContent}`;
  });
