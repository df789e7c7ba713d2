/** Serves `dist` as the real server does, policy and all, and makes the API up. It never ships. */
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { type WebSocket, WebSocketServer } from "ws";
import type { Me, PartTurn, Receipt, Switch } from "../src/api/types.ts";
import { account, CONSENTS, overview, RATIO, RECEIPTS, RECORDINGS, report, STATEMENTS, STUDY, SWITCHES } from "./answers.ts";
import { fakeSession, LATE } from "./session.ts";
import { Viewers } from "./viewers.ts";

const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self'; connect-src 'self'; frame-src 'self'; worker-src 'self' blob:";
const REPORT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'self'; sandbox allow-popups allow-same-origin";
const TYPES: Record<string, string> = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".json": "application/json", ".svg": "image/svg+xml" };

export interface Options {
  port?: number;
  viewers?: number;
  /** Nothing is there: no session, decision, consent, study. */
  empty?: boolean;
  simulated?: boolean;
  /** Of the sessions whose viewers agreed to be recorded. */
  video?: Buffer;
}

export class DevServer {
  readonly viewers: Viewers;
  switch: Switch = { on: true, by: null, why: null, at: null };
  private readonly http: Server;
  private readonly sockets = new WebSocketServer({ noServer: true });
  private readonly logins = new Map<string, Me>();
  private readonly receipts: Receipt[] = [...RECEIPTS];
  private readonly switches: Switch[] = [...SWITCHES];
  /** Turns of rooms' and interventions' switches, the latest first. */
  readonly parts: PartTurn[] = [];
  private timer: NodeJS.Timeout | undefined;
  /** Reports of which it was asked whether they changed. */
  readonly looks: string[] = [];
  /** How often reports were written. */
  version = 0;
  /** While set, sockets are turned away: the line is cut. */
  cut = false;

  constructor(private readonly options: Options = {}) {
    this.viewers = new Viewers(options.empty ? 0 : (options.viewers ?? 200), () => this.switch.on);
    this.http = createServer((request, response) => void this.answer(request, response));
    this.http.on("upgrade", (request, socket, head) => {
      if (this.cut || !this.me(request)) {
        socket.destroy();
        return;
      }
      this.sockets.handleUpgrade(request, socket, head, (one) => this.send(one, this.viewers.first()));
    });
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.http.listen(this.options.port ?? 0, "127.0.0.1", resolve));
    this.timer = setInterval(() => {
      const message = this.viewers.tick();
      for (const one of this.sockets.clients) this.send(one, message);
    }, 1000);
    return `http://127.0.0.1:${(this.http.address() as AddressInfo).port}/studio/`;
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.dropSockets();
    this.http.closeAllConnections();
    await new Promise((resolve) => this.http.close(resolve));
  }

  dropSockets(): void {
    for (const one of this.sockets.clients) one.terminate();
  }

  private send(socket: WebSocket, message: object): void {
    socket.send(JSON.stringify({ ...message, switch: this.switch }));
  }

  private me(request: IncomingMessage): Me | undefined {
    return this.logins.get(/studio=(\w+)/.exec(request.headers.cookie ?? "")?.[1] ?? "");
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://localhost");
    response.setHeader("x-content-type-options", "nosniff");
    if (url.pathname.startsWith("/studio")) return this.file(url.pathname.slice(7) || "/", response);
    if (url.pathname.startsWith("/reports/")) {
      response.setHeader("content-security-policy", REPORT_POLICY);
      response.setHeader("etag", `"${this.version}"`).setHeader("content-type", "text/html");
      if (request.method === "HEAD") this.looks.push(url.pathname);
      return void response.end(request.method === "HEAD" ? "" : report(this.version));
    }
    const body = request.method === "POST" ? (JSON.parse((await text(request)) || "{}") as Record<string, unknown>) : {};
    if (request.method === "POST" && request.headers["x-telltale"] !== "studio") return json(response, 403, { detail: "the header x-telltale is missing" });
    if (url.pathname === "/v1/operator/login") return this.login(body, response);
    const me = this.me(request);
    if (!me) return json(response, 401, { detail: "not logged in" });
    if (this.options.video && url.pathname.endsWith("/video")) return part(this.options.video, request.headers.range ?? "", response);
    this.api(url, body, me, response);
  }

  private api(url: URL, body: Record<string, unknown>, me: Me, response: ServerResponse): void {
    const { empty } = this.options;
    const path = url.pathname.replace("/v1/", "");
    const recording = /^recordings\/(\w+)\/([^/]+)\/(rows|track|video)$/.exec(path);
    if (recording) return this.recording(decodeURIComponent(recording[2]), recording[3], response);
    if (path === "operator/me") return json(response, 200, me);
    if (path === "operator/logout") return void response.writeHead(204, { "set-cookie": "studio=; Max-Age=0; Path=/" }).end();
    if (path === "overview") return json(response, 200, overview(this.switch, this.options.simulated ?? true));
    if (path === "switch") {
      this.switch = { on: Boolean(body.on), by: me.name, why: String(body.why), at: new Date().toISOString() };
      this.switches.unshift(this.switch);
      return json(response, 200, this.switch);
    }
    if (path === "switch/part") {
      const turn = { scope: String(body.scope), on: Boolean(body.on), by: me.name, why: String(body.why), at: new Date().toISOString() };
      this.parts.unshift(turn);
      return json(response, 200, turn);
    }
    if (path === "switches/parts") return json(response, 200, this.parts);
    if (path === "switches") return json(response, 200, empty ? [] : this.switches);
    if (path === "decisions") return json(response, 200, this.decisions(url.searchParams));
    if (path === "decisions/ratio") return json(response, 200, empty ? { experiments: [] } : RATIO);
    if (path === "recordings") return json(response, 200, { recordings: empty ? [] : RECORDINGS });
    if (path === "study") return empty ? json(response, 404, { detail: "no study is open" }) : json(response, 200, STUDY);
    if (path === "audit/consents") {
      const viewer = url.searchParams.get("viewer") ?? "";
      const ofViewer = (one: { viewer: string }): boolean => !viewer || one.viewer === viewer;
      return json(response, 200, { consents: empty ? [] : CONSENTS.filter(ofViewer), statements: empty ? [] : STATEMENTS.filter(ofViewer) });
    }
    if (path === "audit/receipts") return json(response, 200, { receipts: empty ? [] : this.receipts });
    if (path === "audit/withdraw") {
      const receipt = { id: `r-${Date.now().toString(16)}`, at: new Date().toISOString(), deleted: { recorded_rows: 912, visits: 1, opt_outs: 0, viewer_keys: 1 }, kind: "withdrawal" };
      this.receipts.unshift(receipt);
      return json(response, 200, receipt);
    }
    json(response, 404, { detail: `no such thing: ${url.pathname}` });
  }

  private login(body: Record<string, unknown>, response: ServerResponse): void {
    const me = account(String(body.name));
    if (!me || body.password === "wrong") return json(response, 401, { detail: "name and password do not go together" });
    const cookie = Math.random().toString(36).slice(2);
    this.logins.set(cookie, me);
    response.setHeader("set-cookie", `studio=${cookie}; HttpOnly; SameSite=Strict; Path=/`);
    json(response, 200, me);
  }

  private decisions(wanted: URLSearchParams): object {
    const limit = Number(wanted.get("limit") ?? 100);
    const before = Number(wanted.get("before") ?? Infinity);
    const found = this.viewers.decisions.filter(
      (one) => Number(one.id) < before && (!wanted.get("session") || one.session === wanted.get("session")) && (!wanted.get("outcome") || one.outcome === wanted.get("outcome")),
    );
    const page = found.slice(0, limit);
    return { decisions: page, next: found.length > limit ? page[page.length - 1].id : null };
  }

  private recording(session: string, what: string, response: ServerResponse): void {
    const k = RECORDINGS.findIndex((one) => one.session === session);
    if (k < 0 || what === "video") return json(response, 404, { detail: "there is no such recording" });
    const { rows, track } = fakeSession(RECORDINGS[k].duration_s, 11 + k);
    if (what === "track") return json(response, 200, k === 1 ? { ...track, ...LATE } : track);
    response.setHeader("content-type", "application/octet-stream").end(Buffer.from(rows.buffer));
  }

  private async file(path: string, response: ServerResponse): Promise<void> {
    const name = path === "/" ? "index.html" : normalize(path).replace(/^[/.]+/, "");
    const data = await readFile(join("dist", name)).catch(() => null);
    if (!data) return json(response, 404, { detail: "no such file" });
    response.setHeader("content-security-policy", POLICY);
    response.setHeader("content-type", `${TYPES[extname(name)] ?? "application/octet-stream"}; charset=utf-8`);
    response.end(data);
  }
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

/** The bytes that are asked for: without them a player cannot go to a time. */
function part(all: Buffer, range: string, response: ServerResponse): void {
  const [, from = "0", to = ""] = /bytes=(\d+)-(\d*)/.exec(range) ?? [];
  const end = to ? Number(to) : all.length - 1;
  const headers = { "content-type": "video/mp4", "accept-ranges": "bytes", "content-range": `bytes ${from}-${end}/${all.length}` };
  response.writeHead(206, headers).end(all.subarray(Number(from), end + 1));
}

async function text(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}
