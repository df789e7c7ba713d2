/** `npm run bench:browser`: the same measurement in a headless Chromium, whose path may be given in CHROMIUM. */

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { pictures } from "../tests/cases";

const EDGE = fileURLToPath(new URL("../../", import.meta.url));
const LIMIT_MS = 180_000;
const ARGUMENTS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--no-first-run",
  "--disable-sync",
];
const HEAD = "<!doctype html><meta charset=utf-8><link rel=icon href=data:,>";
/** In a worker, as the viewer's page runs it; LiteRT.js wants a page. */
const PAGES: Record<string, string> = {
  page: `${HEAD}<script>new Worker("/page/page.js", { type: "module" })</script>`,
  litert: `${HEAD}<script type=module src=/page/litert.js></script>`,
};
const TYPES: Record<string, string> = { ".js": "text/javascript", ".wasm": "application/wasm" };

/** Where an address of the server lies on disk. */
function file(address: string): string | null {
  const [, top, ...rest] = address.split("/");
  const folders: Record<string, string> = {
    page: "build/page",
    models: "models",
    // For the comparison with LiteRT.js.
    litert: "node_modules/@litertjs/core/wasm",
    tflite: process.env.TFLITE ?? "models",
  };
  const folder = folders[top];
  return folder && !rest.includes("..") ? path.resolve(EDGE, folder, ...rest) : null;
}

function answer(request: IncomingMessage, response: ServerResponse, done: (text: string) => void): void {
  const address = request.url ?? "/";
  if (request.method === "POST") {
    let text = "";
    request.on("data", (chunk) => (text += chunk)).on("end", () => {
      response.end();
      done(text);
    });
    return;
  }
  const found = file(address);
  if (address === "/clip") response.end(Buffer.concat(pictures("smile").map(({ data }) => Buffer.from(data))));
  else if (found === null) response.setHeader("content-type", "text/html").end(PAGES[process.argv[2] ?? "page"]);
  else if (!existsSync(found)) response.writeHead(404).end();
  else response.setHeader("content-type", TYPES[path.extname(found)] ?? "application/octet-stream").end(readFileSync(found));
}

const server = createServer((request, response) => answer(request, response, finish)).listen(0, "127.0.0.1");
await new Promise((resolve) => server.once("listening", resolve));
const profile = mkdtempSync(path.join(tmpdir(), "telltale-edge-"));
const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
const browser = spawn(
  process.env.CHROMIUM ?? "chromium",
  [...ARGUMENTS, `--user-data-dir=${profile}`, "--remote-debugging-port=0", address],
  { stdio: "ignore" },
);
const limit = setTimeout(() => finish('{"error": "no answer"}'), LIMIT_MS);
browser.once("error", (error) => finish(JSON.stringify({ error: `no browser: ${error.message}` })));

function finish(text: string): void {
  clearTimeout(limit);
  const { networks, stages, loadMs, error } = JSON.parse(text);
  if (error) console.log(error);
  if (loadMs) console.log(`networks loaded in ${loadMs.toFixed(0)} ms`);
  for (const [what, times] of Object.entries({ network: networks, stage: stages })) {
    if (!times) continue;
    console.log(`${what.padEnd(12)}   least  median, ms a frame`);
    for (const [name, { least, median }] of Object.entries<{ least: number; median: number }>(times as never)) {
      console.log(`${name.padEnd(12)}${least.toFixed(2).padStart(8)}${median.toFixed(2).padStart(8)}`);
    }
  }
  server.close();
  server.closeAllConnections();
  // The browser's helpers write on for a moment after it has gone.
  const sweep = { recursive: true, force: true, maxRetries: 20, retryDelay: 100 };
  browser.once("exit", () => void rm(profile, sweep).catch(() => undefined));
  browser.kill();
}
