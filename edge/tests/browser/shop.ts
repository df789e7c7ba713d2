/** A shop: a page with one script tag on a host of its own, and a server that opens sessions at the service. */

import { createReadStream, existsSync } from "node:fs";
import { createServer, type Server } from "node:http";
import path from "node:path";
import { fileURLToPath } from "node:url";

const EDGE = fileURLToPath(new URL("../../", import.meta.url));
const TYPES: Record<string, string> = { ".js": "text/javascript", ".css": "text/css", ".wasm": "application/wasm" };

/** What the shop knows of the service. */
export interface ShopOptions {
  port: number;
  service: string;
  key: string;
  /** Of its pages; `?lang=` asks for another. */
  language: string;
  /** Where its viewers are, as ISO 3166. */
  place: string;
}

/** The strictest policy that the device runs under. */
const policyOf = (service: string): string =>
  [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval' 'nonce-shop'",
    "style-src 'self' 'nonce-shop'",
    "worker-src 'self'",
    `connect-src 'self' ${service} ${service.replace(/^http/, "ws")}`,
  ].join("; ");

const page = (options: ShopOptions, token: string, language: string): string => `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>A lamp</title><link rel="icon" href="data:,">
<style nonce="shop">
  body { margin: 0 auto; max-width: 60rem; padding: 2rem; font: 1rem/1.6 system-ui, sans-serif; }
  @media (prefers-color-scheme: dark) { body { background: #111; color: #eee; } }
  .stage { aspect-ratio: 16 / 9; background: linear-gradient(140deg, #c9d6c2, #8aa39b); border-radius: 8px; }
  button { all: revert; }
</style>
<script src="/telltale/telltale.js"></script></head>
<body><h1>A lamp</h1><div class="stage"></div><p>A lamp of brass and glass, shown live.</p>
<button id="buy">Buy</button>
<script nonce="shop">
  window.states = [];
  window.device = Telltale.start({
    service: ${JSON.stringify(options.service)},
    token: ${JSON.stringify(token)},
    shop: { name: "Lamp House", privacy: "/privacy" },
    checkout: "/checkout",
    ...(window.further ?? {}),
    onState: (state) => window.states.push({ ...state, atMs: performance.timeOrigin + performance.now() }),
  });
</script></body></html>`;

/** Serve it; the built device and its networks lie under /telltale/, as a shop's own host would serve them. */
export async function openShop(options: ShopOptions): Promise<{ url: string; server: Server; close(): void }> {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://shop");
    const name = /^\/telltale\/((?:models\/)?[\w.-]+)$/.exec(pathname)?.[1];
    if (pathname === "/") {
      const viewer = searchParams.get("viewer") ?? "v-1";
      void session(options, viewer)
        .then((token) => {
          response.setHeader("content-security-policy", policyOf(options.service));
          response.setHeader("content-type", "text/html").end(page(options, token, searchParams.get("lang") ?? options.language));
        })
        .catch((error: unknown) => response.writeHead(502).end(String(error)));
      return;
    }
    const file = name && path.join(EDGE, name.startsWith("models/") ? name : `dist/${name}`);
    if (!file || !existsSync(file)) return void response.writeHead(404).end();
    response.setHeader("content-type", TYPES[path.extname(file)] ?? "application/octet-stream");
    createReadStream(file).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(options.port, "127.0.0.1", resolve));
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${options.port}/`, server, close };
}

async function session({ service, key, place }: ShopOptions, viewer: string): Promise<string> {
  const answer = await fetch(`${service}/v1/sessions`, {
    method: "POST",
    headers: { "x-telltale-shop": key, "content-type": "application/json" },
    body: JSON.stringify({ viewer, room: "r-1", place, device: "laptop" }),
  });
  if (!answer.ok) throw new Error(`the service answered ${answer.status}`);
  return ((await answer.json()) as { token: string }).token;
}
