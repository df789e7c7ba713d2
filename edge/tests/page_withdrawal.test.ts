/** A withdrawal against a real server that fails first: it is remembered, and sent until there is a receipt. */

import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import test from "node:test";

import { Service } from "../src/link/service";
import { Memory } from "../src/page/memory";
import { Withdrawal } from "../src/page/withdrawal";

test("what failed is sent again on the next page, by the next session's token, and forgotten with the receipt", async () => {
  const asked: string[] = [];
  let status = 503;
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.authorization}`);
    const receipt = { receipt: "r-1", at: "2026-03-01T00:00:00Z", deleted: {} };
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(status === 200 ? receipt : {}));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const held = new Map<string, string>();
  const storage = {
    getItem: (key: string) => held.get(key) ?? null,
    setItem: (key: string, value: string) => void held.set(key, value),
  };
  const page = (session: string, viewer: string): Withdrawal => new Withdrawal(new Service(url, session), new Memory(session, storage), viewer);
  try {
    const first = page("s-1", "ann");
    assert.equal(first.pending, false);
    // Twice at once is once.
    assert.deepEqual(await Promise.all([first.send(), first.send()]), [null, null]);
    assert.ok(first.pending);
    assert.equal(page("s-2", "bob").pending, false, "nobody else's is deleted");
    const next = page("s-2", "ann");
    assert.ok(next.pending);
    status = 200;
    assert.equal((await next.send())?.receipt, "r-1");
    assert.equal(next.pending, false);
    assert.equal(page("s-3", "ann").pending, false);
    assert.deepEqual(asked, ["DELETE /v1/consent Bearer s-1", "DELETE /v1/consent Bearer s-2"]);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
});
