/** What the connection is made of: the session's clock, what is kept, the message of rows, waits, renewal, messages. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { inflateSync } from "node:zlib";

import * as channels from "../src/core/channels";
import { tenthOf } from "../src/core/pooling";
import { SessionClock } from "../src/link/clock";
import { Kept } from "../src/link/kept";
import * as layout from "../src/link/layout";
import { eventFault, parse } from "../src/link/messages";
import { Renewal } from "../src/link/renewal";
import { readToken, Service, ServiceError } from "../src/link/service";
import { Waits } from "../src/link/waits";
import { encodeRows, MOST_ROWS } from "../src/link/wire";
import { row, rows, tokenOf } from "./link_rows";

const schema = JSON.parse(readFileSync(new URL("../../../spec/live.schema.json", import.meta.url), "utf8"));
const told = JSON.parse(readFileSync(new URL("../../../spec/cases/live_rows.json", import.meta.url), "utf8"));

test("the page's layout is the worker's", () => {
  assert.deepEqual([layout.RATE_HZ, layout.COUNT, layout.VALID], [channels.RATE_HZ, channels.COUNT, channels.VALID]);
  for (const timeS of [0.04, 0.1, 0.3, 1.1, 1.1000001, 2.25, 99.95]) assert.equal(layout.rowOf(timeS), tenthOf(timeS));
});

test("a page may tell the events that the service takes, and no others", () => {
  const names: string[] = schema.from_device.$defs.ShopEvent.properties.name.enum;
  assert.ok(names.includes("gift"));
  for (const name of names) assert.equal(eventFault(name, ""), null, name);
  assert.equal(eventFault("gifts", ""), `an event is one of ${names.join(", ")}, not gifts`);
});

for (const { first, count, read, sent_s, message } of told.cases) {
  test(`rows ${first} to ${first + count - 1} are Python's bytes`, () => {
    const wanted = inflateSync(Buffer.from(message, "base64"));
    const given = Array.from({ length: count }, (_, i) => {
      const values = Float32Array.from({ length: layout.COUNT }, (_, c) => ((i + 1) * (c - 64)) / 4096);
      values[layout.VALID] = Number(read);
      return { number: first + i, values };
    });
    const bytes = Buffer.from(encodeRows(given, sent_s));
    assert.equal(bytes.length, wanted.length);
    // A number that is none may be written in more than one way.
    const numbers = (of: Buffer): number[] => Array.from({ length: (of.length - 16) / 4 }, (_, i) => of.readFloatLE(16 + 4 * i));
    assert.deepEqual(bytes.subarray(0, 16), wanted.subarray(0, 16));
    assert.deepEqual(numbers(bytes), numbers(wanted));
  });
}

test("a message holds rows that follow one another, 560 at most", () => {
  assert.throws(() => encodeRows([], 0), /0 rows/);
  assert.throws(() => encodeRows(rows(1, MOST_ROWS + 1), 0), /561 rows/);
  assert.throws(() => encodeRows([row(1), row(3)], 0), /row 3 does not follow row 1/);
  assert.equal(encodeRows(rows(1, MOST_ROWS), 0).byteLength, 16 + 560 * 512);
});

test("a row that was not read leaves no number of the face in the message", () => {
  const half = row(1);
  half.values[layout.VALID] = 0;
  const view = new DataView(encodeRows([half], 0));
  const sent = Array.from({ length: layout.COUNT }, (_, i) => view.getFloat32(16 + 4 * i, true));
  assert.equal(sent.pop(), 0);
  assert.ok(sent.every(Number.isNaN));
});

test("56 s are kept, and no row twice", () => {
  const kept = new Kept();
  assert.equal(kept.from, 1);
  for (const one of rows(1, 700)) assert.ok(kept.add(one));
  assert.ok(!kept.add(row(700)) && !kept.add(row(3)));
  assert.deepEqual([kept.from, kept.last], [141, 700]);
  assert.deepEqual(kept.stretches(690).map((one) => one.map(({ number }) => number)), [rows(690, 700).map(({ number }) => number)]);
});

test("after a rest the rows are told in two stretches", () => {
  const kept = new Kept();
  for (const one of [...rows(5, 8), ...rows(31, 33)]) kept.add(one);
  assert.deepEqual(kept.stretches(7).map((one) => one.map(({ number }) => number)), [[7, 8], [31, 32, 33]]);
  kept.add(row(600));
  assert.equal(kept.from, 600, "what is older than 56 s is gone, though nothing came between");
  kept.forget();
  assert.deepEqual([kept.stretches(1), kept.from], [[], 601]);
});

test("the session's clock begins once, and catches up with a service that is further", () => {
  let ms = 5_000;
  const clock = new SessionClock(() => ms, 4_000);
  assert.deepEqual([clock.s, clock.nextRow, clock.at(4_250), clock.at(3_000)], [1, 11, 0.25, 0]);
  clock.notBefore(5);
  assert.equal(clock.s, 1);
  clock.notBefore(101);
  assert.deepEqual([clock.s, clock.nextRow, clock.began], [10, 101, -5_000]);
  ms += 100;
  assert.equal(clock.nextRow, 102);
});

test("waits double, up to twenty seconds, and never fall together", () => {
  const least = new Waits(() => 0);
  const most = new Waits(() => 1);
  assert.deepEqual(Array.from({ length: 8 }, () => least.next()), [200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
  assert.deepEqual(Array.from({ length: 7 }, () => most.next()), [400, 800, 1600, 3200, 6400, 12_800, 20_000]);
  most.reset();
  assert.equal(most.next(), 400);
});

test("only messages that are known are heard", () => {
  assert.deepEqual(parse('{"type":"go","more":1}'), { type: "go", more: 1 });
  for (const text of ["", "null", "[]", '{"type":"toString"}', '{"type":"second","second":"1","read":1}', '{"type":"show"}', 7]) {
    assert.equal(parse(text), null, String(text));
  }
});

test("a token is looked at, and one that is none is said in a sentence", () => {
  const said = readToken(tokenOf({ sub: "ann", session: "s-1", jurisdiction: "DE", iat: 100, exp: 1000 }));
  assert.deepEqual(said, { viewer: "ann", session: "s-1", place: "DE", issuedMs: 100_000, endsMs: 1_000_000 });
  assert.throws(() => readToken("abc"), /POST \/v1\/sessions/);
});

/** A service over HTTP that answers what it is told to. */
function serviceThat(answers: () => Response): { service: Service; asked: Request[] } {
  const asked: Request[] = [];
  const fetcher = async (url: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    asked.push(new Request(url, init));
    return answers();
  };
  const iat = Date.now() / 1000;
  return { service: new Service("http://live.test/", tokenOf({ session: "s", iat, exp: iat + 2 }), fetcher as typeof fetch), asked };
}

test("a token is renewed after three fifths of its life", async () => {
  const iat = Date.now() / 1000;
  const next = tokenOf({ session: "s", iat, exp: iat + 900 });
  const { service, asked } = serviceThat(() => Response.json({ token: next }));
  const renewal = new Renewal(service, () => assert.fail("it was not refused"));
  renewal.start();
  await wait(900);
  assert.equal(asked.length, 0);
  await wait(700);
  assert.equal(asked.length, 1);
  assert.equal(asked[0].url, "http://live.test/v1/sessions/renew");
  assert.match(asked[0].headers.get("authorization") ?? "", /^Bearer /);
  assert.equal(service.currentToken, next);
  renewal.stop();
});

test("a refused renewal is the end, a service that is away is not", async () => {
  let status = 503;
  let refused = 0;
  const { service, asked } = serviceThat(() => Response.json({ detail: "no" }, { status }));
  const renewal = new Renewal(service, () => refused++);
  assert.deepEqual(await Promise.all([renewal.now(), renewal.now()]), [true, true]);
  assert.deepEqual([asked.length, refused], [1, 0], "asked once for both");
  status = 401;
  assert.equal(await renewal.now(), false);
  assert.equal(refused, 1);
});

test("what the service refuses is told in its own words", async () => {
  const { service, asked } = serviceThat(() => Response.json({ detail: "no such place" }, { status: 422 }));
  await assert.rejects(service.disclosure("D E"), (error) => error instanceof ServiceError && error.status === 422 && error.message === "no such place");
  assert.equal(asked[0].url, "http://live.test/v1/disclosure?place=D%20E");
  assert.equal(asked[0].credentials, "omit");
  assert.equal(service.socketUrl, "ws://live.test/v1/watch");
});
