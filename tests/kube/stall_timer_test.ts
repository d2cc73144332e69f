import { strict as assert } from "node:assert";
import { stallTimeoutOf, StallTimer } from "../../src/kube/stall_timer.ts";

Deno.test("StallTimer calls back when nothing starts it again", async () => {
  const stalled = Promise.withResolvers<void>();
  new StallTimer(1, stalled.resolve).start();
  await stalled.promise;
});

Deno.test("StallTimer calls back for its last start alone", async () => {
  let calls = 0;
  const stalled = Promise.withResolvers<void>();
  const timer = new StallTimer(1, () => {
    calls++;
    stalled.resolve();
  });
  timer.start();
  timer.start();
  await stalled.promise;
  // The first start would have called back before a timer that starts now.
  const later = Promise.withResolvers<void>();
  new StallTimer(1, later.resolve).start();
  await later.promise;
  assert.equal(calls, 1);
});

Deno.test("StallTimer keeps quiet once it is stopped", async () => {
  const stopped = new StallTimer(1, () => assert.fail("it called back"));
  stopped.start();
  stopped.stop();
  stopped.stop();
  // It would have called back before one that was started later.
  const later = Promise.withResolvers<void>();
  new StallTimer(1, later.resolve).start();
  await later.promise;
});

Deno.test("stallTimeoutOf() gives a registry time to close an upload", () => {
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>();
  assert.equal(stallTimeoutOf({ method: "PUT", body: null }, 60), 600);
  assert.equal(stallTimeoutOf({ method: "PUT", body }, 60), 60);
  assert.equal(stallTimeoutOf({ method: "GET", body: null }, 60), 60);
});
