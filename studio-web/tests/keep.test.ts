import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { keepUp } from "../src/study/keep.ts";

const LOOK_S = 0.1;

test("a followed page is loaded anew when it changed, and when it was taken away", async () => {
  let tag: string | null = '"first"';
  let asked = 0;
  const server = createServer((request, answer) => {
    asked += 1;
    assert.equal(request.method, "HEAD");
    answer.writeHead(tag === null ? 404 : 200, tag === null ? {} : { etag: tag }).end();
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/reports/graph/report.html`;
  const page = { hidden: true };
  Object.assign(globalThis, { document: page, window: globalThis });
  let loads = 0;
  const inside = {
    scrollY: 0,
    scrollTo: (_: number, down: number): void => {
      inside.scrollY = down;
    },
  };
  let loaded: (() => void)[] = [];
  let mayLook = true;
  const frame = {
    get contentWindow() {
      if (!mayLook) throw new Error("SecurityError");
      return inside;
    },
    addEventListener: (what: string, then: () => void): void => {
      assert.equal(what, "load");
      loaded.push(then);
    },
    set src(given: string) {
      assert.equal(given, url);
      loads += 1;
      // A page that is loaded begins at its top.
      inside.scrollY = 0;
      const then = loaded;
      loaded = [];
      then.forEach((one) => one());
    },
  } as unknown as HTMLIFrameElement;
  /** Until two more looks were answered. */
  const looks = async (): Promise<void> => {
    const from = asked;
    while (asked < from + 2) await pause(5);
    await pause(30);
  };

  // In a tab that nobody sees it learns what is shown, and looks no more.
  const end = keepUp(frame, url, LOOK_S);
  while (asked < 1) await pause(5);
  await pause(350);
  assert.equal(asked, 1);
  tag = '"second"';
  page.hidden = false;
  inside.scrollY = 640;
  await looks();
  assert.equal(loads, 1);
  // Whoever reads further down goes on there.
  assert.equal(inside.scrollY, 640);
  await looks();
  assert.equal(loads, 1);

  tag = null;
  await looks();
  assert.equal(loads, 2);
  // What stands there now is the browser's own page.
  mayLook = false;
  tag = '"third"';
  await looks();
  assert.equal(loads, 3);

  // Out of reach: what is shown stays.
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
  await pause(350);
  assert.equal(loads, 3);
  end();
});
