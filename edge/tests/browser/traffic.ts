/** All that leaves a browser: each request with its body, each WebSocket message, of pages and of their workers. */

import { WebSocket } from "ws";

/** A request, as it was sent. */
export interface Sent {
  atMs: number;
  method: string;
  url: string;
  /** Body, base64; empty where there is none. */
  body: string;
  /** Bytes that came back, as they were on the wire. */
  received: number;
  /** `page` or `worker`. */
  from: string;
}

/** A message that the browser sent over a WebSocket. */
export interface Frame {
  atMs: number;
  url: string;
  /** 1 text, 2 binary. */
  opcode: number;
  /** Content, base64. */
  content: string;
}

interface Message {
  id?: number;
  sessionId?: string;
  method?: string;
  params?: any;
  result?: any;
}

/** Watches through the browser's own debugging protocol, beside whoever drives it. */
export class Traffic {
  readonly requests: Sent[] = [];
  readonly frames: Frame[] = [];
  /** Addresses of every WebSocket that was opened. */
  readonly sockets: string[] = [];
  private readonly byRequest = new Map<string, Sent>();
  private readonly urls = new Map<string, string>();
  private readonly kinds = new Map<string, string>();
  /** Sessions of targets, by the targets' names. */
  readonly sessions = new Map<string, string>();
  private readonly waiting = new Map<number, (result: any) => void>();
  private next = 1;

  private constructor(private readonly socket: WebSocket) {
    socket.on("message", (data) => this.hear(JSON.parse(String(data)) as Message));
  }

  /** Watch every page and worker from its first moment. */
  static async watch(address: string): Promise<Traffic> {
    const socket = new WebSocket(address, { maxPayload: 1 << 28 });
    await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
    const traffic = new Traffic(socket);
    await traffic.attach();
    return traffic;
  }

  close(): void {
    this.socket.close();
  }

  private attach(sessionId?: string): Promise<unknown> {
    // A target waits until it is watched: nothing of it goes unseen. The browser's own bars and menus are left out.
    const filter = [{ type: "browser_ui", exclude: true }, { type: "tab", exclude: true }, {}];
    const wanted = { autoAttach: true, waitForDebuggerOnStart: true, flatten: true, filter };
    return this.ask("Target.setAutoAttach", wanted, sessionId);
  }

  /** Ask the browser, or one of its targets. */
  ask(method: string, params: object = {}, sessionId?: string): Promise<any> {
    const id = this.next++;
    this.socket.send(JSON.stringify({ id, method, params, ...(sessionId ? { sessionId } : {}) }));
    return new Promise((resolve) => this.waiting.set(id, resolve));
  }

  private hear({ id, sessionId = "", method, params, result }: Message): void {
    if (id !== undefined) {
      this.waiting.get(id)?.(result);
      this.waiting.delete(id);
    } else if (method === "Target.attachedToTarget") {
      this.sessions.set(params.targetInfo.targetId, params.sessionId);
      void this.meet(params.sessionId, params.targetInfo.type);
    }
    else if (method?.startsWith("Network.")) this.network(method, params, sessionId);
  }

  private async meet(session: string, kind: string): Promise<void> {
    this.kinds.set(session, kind);
    const size = 1 << 26;
    await this.ask("Network.enable", { maxPostDataSize: size, maxTotalBufferSize: size, maxResourceBufferSize: size }, session);
    await this.attach(session);
    await this.ask("Runtime.runIfWaitingForDebugger", {}, session);
  }

  private network(method: string, params: any, session: string): void {
    const key = `${session} ${params.requestId}`;
    const atMs = Date.now();
    switch (method) {
      case "Network.requestWillBeSent": {
        const { method: verb, url, hasPostData } = params.request;
        const sent: Sent = { atMs, method: verb, url, body: "", received: 0, from: this.kinds.get(session) ?? "" };
        this.requests.push(sent);
        this.byRequest.set(key, sent);
        if (hasPostData) void this.readBody(sent, params.request, params.requestId, session);
        break;
      }
      case "Network.loadingFinished": {
        const sent = this.byRequest.get(key);
        if (sent) sent.received = params.encodedDataLength;
        break;
      }
      case "Network.webSocketCreated":
        this.urls.set(key, params.url);
        this.sockets.push(params.url);
        break;
      case "Network.webSocketFrameSent": {
        const { opcode, payloadData } = params.response;
        const content = opcode === 1 ? Buffer.from(payloadData).toString("base64") : payloadData;
        this.frames.push({ atMs, url: this.urls.get(key) ?? "", opcode, content });
      }
    }
  }

  private async readBody(sent: Sent, request: any, requestId: string, session: string): Promise<void> {
    const parts: { bytes?: string }[] = request.postDataEntries ?? [];
    if (parts.length > 0 && parts.every(({ bytes }) => bytes !== undefined)) {
      sent.body = Buffer.concat(parts.map(({ bytes }) => Buffer.from(bytes ?? "", "base64"))).toString("base64");
      return;
    }
    sent.body = "?";
    const told = await this.ask("Network.getRequestPostData", { requestId }, session);
    if (told?.postData !== undefined) sent.body = Buffer.from(told.postData).toString("base64");
  }
}
