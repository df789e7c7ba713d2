/** How well each text of the device stands out from what is behind it. */

import type { Page } from "playwright-core";

/** A text, and the contrast of its colours as WCAG 2.2 reckons it. */
export interface Contrast {
  text: string;
  ratio: number;
}

/** Of every visible text in the device's part of the page. */
export const contrasts = (page: Page): Promise<Contrast[]> =>
  page.evaluate(() => {
    const parts = (colour: string): number[] => (colour.match(/[\d.]+/g) ?? []).map(Number);
    const light = ([r, g, b]: number[]): number => {
      const [x, y, z] = [r, g, b].map((one) => (one / 255 <= 0.04045 ? one / 255 / 12.92 : ((one / 255 + 0.055) / 1.055) ** 2.4));
      return 0.2126 * x + 0.7152 * y + 0.0722 * z;
    };
    const behind = (element: Element | null): number[] => {
      for (let at = element; at !== null; at = at.parentElement ?? null) {
        const colour = parts(getComputedStyle(at).backgroundColor);
        if (colour.length === 3 || colour[3] === 1) return colour;
      }
      return [255, 255, 255];
    };
    const root = document.querySelector("telltale-device")?.shadowRoot?.querySelector(".root");
    return [...(root?.querySelectorAll<HTMLElement>("*") ?? [])]
      .filter((one) => one.checkVisibility() && [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent?.trim()))
      .map((one) => {
        const [a, b] = [light(parts(getComputedStyle(one).color)), light(behind(one))];
        return { text: one.textContent ?? "", ratio: (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) };
      });
  });
