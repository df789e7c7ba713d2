/** The connection against a real WebSocket server that says what each test wants. */

import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import test from "node:test";
import { setTimeout as wait } from "node:timers/promises";

import { WebSocket, WebSocketServer } from "ws";

import { SessionClock } from "../src/link/clock";
import { Link, type LinkOptions, type Socket } from "../src/link/link";
import { eventFault, type FromDevice } from "../src/link/messages";
import { Waits } from "../src/link/waits";
import { rows } from "./link_rows";

type Hello = FromDevice & { type: "hello" };

/** One connection, as the server has it. */
class Guest {
  readonly rows: number[][] = [];
  readonly said: FromDevice[] = [];
  closed = false;

  constructor(
    readonly socket: WebSocket,
    readonly protocols: string,
  ) {
    socket.on("message", (data: Buffer, binary) => {
      if (!binary) return void this.said.push(JSON.parse(String(data)));
      const count = data.readUInt16LE(2);
      assert.equal(data.length, 16 + 512 * count);
      this.rows.push(Array.from({ length: count }, (_, i) => data.readFloatLE(16 + 512 * i)));
    });
    socket.on("close", () => (this.closed = true));
  }

  tell(message: object): void {
    this.socket.send(JSON.stringify(message));
  }

  ready(sendFrom: number, reading = true, why = ""): void {
    this.tell({ type: "ready", version: 1, session: "s", send_from: sendFrom, reading, why });
  }

  get hello(): Hello {
    return this.said[0] as Hello;
  }
}

/** A service that waits for devices, and a device. */
class Stage {
  readonly guests: Guest[] = [];
  readonly told: unknown[][] = [];
  token = "one";
  nowMs = 0;
  renewed = 0;
  good = true;
  readonly link: Link;

  private constructor(
    readonly server: WebSocketServer,
    options: Partial<LinkOptions>,
  ) {
    server.on("connection", (socket: WebSocket, request: IncomingMessage) => {
      this.guests.push(new Guest(socket, request.headers["sec-websocket-protocol"] ?? ""));
    });
    const tell = (...what: unknown[]): void => void this.told.push(what);
    this.link = new Link({
      url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      token: () => this.token,
      renew: async () => (this.renewed++, this.good),
      clock: new SessionClock(() => this.nowMs, 0),
      language: "en",
      utcOffsetMin: 60,
      waits: new Waits(() => 1, 10, 40),
      open: (url, protocols) => new WebSocket(url, protocols) as unknown as Socket,
      events: {
        state: (state) => tell("state", state),
        allowed: (reading, why) => tell("allowed", reading, why),
        second: (second, read) => tell("second", second, read),
        show: (show) => tell("show", show.decision),
        ended: (why, detail) => tell("ended", why, detail),
      },
      ...options,
    });
  }

  static async set(options: Partial<LinkOptions> = {}): Promise<Stage> {
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1", handleProtocols: (offered) => [...offered][0] });
    await new Promise((resolve) => server.once("listening", resolve));
    return new Stage(server, options);
  }

  /** The connection with this number, once it has said hello. */
  async guest(index: number): Promise<Guest> {
    await until(() => (this.guests[index]?.said.length ?? 0) > 0);
    return this.guests[index];
  }

  async strike(): Promise<void> {
    this.link.close();
    for (const { socket } of this.guests) socket.terminate();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

async function until(so: () => boolean): Promise<void> {
  for (let i = 0; i < 400 && !so(); i++) await wait(5);
  assert.ok(so(), "it did not come to that within two seconds");
}

function staged(name: string, run: (stage: Stage) => Promise<void>, options: Partial<LinkOptions> = {}): void {
  test(name, async () => {
    const stage = await Stage.set(options);
    try {
      stage.link.start();
      await run(stage);
    } finally {
      await stage.strike();
    }
  });
}

staged("it says hello with its token beside the protocol, and sends whole seconds from the row it is told", async (stage) => {
  stage.nowMs = 4_230;
  const guest = await stage.guest(0);
  assert.equal(guest.protocols, "telltale.v1,token.one");
  assert.deepEqual([guest.hello.next_row, guest.hello.kept_from, guest.hello.utc_offset_min], [43, 43, 60]);
  stage.link.rows(rows(43, 49));
  guest.ready(51);
  await until(() => stage.told.some(([what]) => what === "allowed"));
  stage.link.rows(rows(50, 65));
  await until(() => guest.rows.length > 0);
  assert.deepEqual(guest.rows, [rows(51, 60).map(({ number }) => number)]);
  stage.link.rows(rows(66, 70));
  await until(() => guest.rows.length > 1);
  assert.deepEqual(guest.rows[1], [61, 62, 63, 64, 65, 66, 67, 68, 69, 70]);
});

staged("after a break it sends again from where the service says, and nothing twice of its own accord", async (stage) => {
  const first = await stage.guest(0);
  first.ready(1);
  stage.link.rows(rows(1, 40));
  await until(() => first.rows.flat().length === 40);
  first.tell({ type: "second", second: 2, read: 1 });
  await until(() => stage.told.some(([what]) => what === "second"));
  first.socket.terminate();
  stage.nowMs = 7_000;
  stage.token = "two";
  stage.link.rows(rows(41, 70));
  const second = await stage.guest(1);
  assert.equal(second.protocols, "telltale.v1,token.two");
  assert.deepEqual([second.hello.next_row, second.hello.kept_from], [71, 1]);
  second.ready(21);
  await until(() => second.rows.flat().length >= 50);
  assert.deepEqual(second.rows.flat(), rows(21, 70).map(({ number }) => number));
});

staged("when told to slow down it waits, and then sends again what was not taken in", async (stage) => {
  const guest = await stage.guest(0);
  guest.ready(1);
  stage.link.rows(rows(1, 20));
  await until(() => guest.rows.flat().length === 20);
  guest.tell({ type: "second", second: 1, read: 1 });
  guest.tell({ type: "slow_down", wait_s: 0.3, why: "more rows than ten a second" });
  await wait(60);
  stage.link.rows(rows(21, 40));
  await wait(120);
  assert.equal(guest.rows.flat().length, 20, "nothing goes out meanwhile");
  await until(() => guest.rows.flat().length > 20);
  assert.deepEqual(guest.rows.flat().slice(20), rows(11, 40).map(({ number }) => number));
});

staged("it stops when the viewer withdrew, and does not come back", async (stage) => {
  const guest = await stage.guest(0);
  guest.ready(1);
  guest.tell({ type: "stop", why: "withdrawn", final: true });
  await until(() => stage.told.some(([what]) => what === "ended"));
  await until(() => guest.closed);
  stage.link.rows(rows(1, 20));
  await wait(100);
  assert.deepEqual(stage.told.at(-1), ["ended", "withdrawn", ""]);
  assert.equal(stage.guests.length, 1);
  assert.deepEqual(guest.rows, []);
});

staged("it stops without consent, and when another window has the session", async (stage) => {
  const guest = await stage.guest(0);
  guest.socket.close(4403, "no consent to read_face");
  await until(() => stage.told.some(([what]) => what === "ended"));
  assert.deepEqual(stage.told.at(-1), ["ended", "no_consent", "no consent to read_face"]);
  await wait(100);
  assert.equal(stage.guests.length, 1);
});

staged("the switch forbids and allows; a service that leaves is waited for", async (stage) => {
  const guest = await stage.guest(0);
  guest.ready(1, false, "switched off");
  await until(() => stage.told.some(([what]) => what === "allowed"));
  assert.deepEqual(stage.told.at(-1), ["allowed", false, "switched off"]);
  guest.tell({ type: "go" });
  guest.tell({ type: "stop", why: "switched_off", final: false });
  guest.tell({ type: "go" });
  guest.tell({ type: "stop", why: "closing", final: false });
  await until(() => stage.told.filter(([what]) => what === "allowed").length === 4);
  assert.deepEqual(stage.told.slice(-3).map(([, reading]) => reading), [true, false, true]);
  guest.socket.close(1012);
  assert.ok(await stage.guest(1));
});

test("a door that stays shut is tried again only while the token is good", async () => {
  const stage = await Stage.set();
  try {
    const port = (stage.server.address() as AddressInfo).port;
    await new Promise((resolve) => stage.server.close(resolve));
    stage.link.start();
    await until(() => stage.renewed >= 3);
    stage.good = false;
    await until(() => stage.told.some(([what]) => what === "ended"));
    assert.deepEqual(stage.told.at(-1), ["ended", "refused", ""]);
    assert.ok(port > 0);
  } finally {
    stage.link.close();
  }
});

staged("a decision is told once, and named in the next hello; what was seen meanwhile is told then", async (stage) => {
  const first = await stage.guest(0);
  first.ready(1);
  const show = { type: "show", decision: "d-1", intervention: "n", kind: "product_fact", text: "t", for_s: 8 };
  first.tell(show);
  first.tell(show);
  await until(() => stage.told.some(([what]) => what === "show"));
  first.socket.terminate();
  await until(() => stage.told.at(-1)?.[1] === "waiting");
  stage.link.exposed("d-1");
  stage.link.event("add_to_cart", "lamp");
  stage.link.event("gift");
  stage.link.device(30, 0, 10);
  const second = await stage.guest(1);
  assert.deepEqual([second.hello.seen, second.hello.product], [["d-1"], "lamp"]);
  second.ready(1);
  second.tell(show);
  await until(() => second.said.length >= 4);
  assert.deepEqual(second.said.slice(1), [
    { type: "exposed", decision: "d-1" },
    { type: "event", name: "add_to_cart", product: "lamp" },
    { type: "event", name: "gift", product: "" },
  ]);
  await wait(50);
  // Whoever heard it may have died with it; what the viewer did is not told twice.
  second.socket.terminate();
  const third = await stage.guest(2);
  third.ready(1);
  await until(() => third.said.length >= 2);
  stage.nowMs += 121_000;
  third.socket.terminate();
  const fourth = await stage.guest(3);
  fourth.ready(1);
  await wait(50);
  assert.deepEqual([third.said.slice(1), fourth.said.slice(1)], [[{ type: "exposed", decision: "d-1" }], []]);
  assert.equal(stage.told.filter(([what]) => what === "show").length, 1);
});

staged("pauses are said, on a new connection too", async (stage) => {
  const first = await stage.guest(0);
  first.ready(1);
  await until(() => stage.told.some(([what]) => what === "allowed"));
  stage.link.rows(rows(1, 4));
  stage.link.pause("viewer");
  await until(() => first.said.length === 2);
  assert.deepEqual([first.said[1], first.rows], [{ type: "pause", why: "viewer" }, [[1, 2, 3, 4]]]);
  first.socket.terminate();
  const second = await stage.guest(1);
  second.ready(5);
  await until(() => second.said.length === 2);
  stage.link.resume();
  await until(() => second.said.length === 3);
  assert.deepEqual(second.said.slice(1), [{ type: "pause", why: "viewer" }, { type: "resume" }]);
});

staged(
  "a connection that is dead though nobody closed it is left",
  async (stage) => {
    const first = await stage.guest(0);
    first.ready(1);
    await until(() => stage.told.some(([what]) => what === "allowed"));
    stage.nowMs = 5_000;
    stage.link.rows(rows(1, 60));
    await wait(60);
    assert.equal(stage.guests.length, 1, "five seconds without an answer are none");
    stage.nowMs = 25_000;
    await until(() => stage.guests.length === 2);
  },
  { wordMs: 20, silenceMs: 15_000 },
);

staged(
  "a device that reads nothing says that it is there, and no figure that nobody measured",
  async (stage) => {
    const guest = await stage.guest(0);
    guest.ready(1);
    await until(() => stage.told.some(([what]) => what === "allowed"));
    stage.nowMs = 20_000;
    await until(() => guest.said.length > 1);
    assert.deepEqual(guest.said[1], { type: "resume" });
    stage.link.pause("hidden");
    stage.nowMs = 40_000;
    await until(() => guest.said.filter(({ type }) => type === "pause").length > 1);
    assert.ok(guest.said.every(({ type }) => type !== "device"));
  },
  { wordMs: 20 },
);

test("what a shop says is an event that is known, and of a product named in few letters, or of none", () => {
  for (const product of ["", "lamp-3", "a".repeat(64)]) assert.equal(eventFault("purchase", product), null);
  for (const product of ["Kettle 1.7 L", "a".repeat(65), "\n", 12, null]) assert.match(eventFault("purchase", product) ?? "", /at most 64 of/);
  assert.match(eventFault("add-to-cart", "lamp") ?? "", /an event is one of view_item, /);
});
