/** Debian's Chromium, with a clip where its camera would be. */

import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";

import { chromium as playwright, type Browser } from "playwright-core";

const ARGUMENTS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--use-fake-ui-for-media-stream",
  "--use-fake-device-for-media-stream",
  "--remote-debugging-port=0",
];
const START_MS = 30_000;

/** A browser that runs, and the address at which it is watched. */
export interface Running {
  browser: Browser;
  address: string;
  close(): Promise<void>;
}

/** Start it; `clip` is a .y4m file that plays again and again. */
export async function startChromium(clip: string, language = "en"): Promise<Running> {
  const profile = mkdtempSync(path.join(tmpdir(), "telltale-chromium-"));
  const given = [`--use-file-for-fake-video-capture=${clip}`, `--user-data-dir=${profile}`, `--lang=${language}`];
  const child = spawn(found(), [...ARGUMENTS, ...given, "about:blank"], { stdio: "ignore" });
  const address = await addressOf(child, path.join(profile, "DevToolsActivePort"));
  const browser = await playwright.connectOverCDP(address);
  return {
    browser,
    address,
    async close() {
      await browser.close().catch(() => undefined);
      const gone = new Promise((resolve) => child.once("exit", resolve));
      if (child.exitCode === null && child.kill()) await gone;
      // Its helpers write on for a moment.
      await rm(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }).catch(() => undefined);
    },
  };
}

function found(): string {
  const names = [process.env.CHROMIUM, "chromium", "chromium-browser", "google-chrome"];
  const name = names.find((one) => one && spawnSync(one, ["--version"]).status === 0);
  if (!name) throw new Error("no Chromium is installed");
  return name;
}

async function addressOf(child: ChildProcess, file: string): Promise<string> {
  for (const until = Date.now() + START_MS; Date.now() < until; await wait(50)) {
    if (child.exitCode !== null) throw new Error(`Chromium ended with ${child.exitCode}`);
    const [port, rest] = existsSync(file) ? readFileSync(file, "utf8").split("\n") : [];
    if (port && rest) return `ws://127.0.0.1:${port}${rest}`;
  }
  throw new Error("Chromium did not start");
}
