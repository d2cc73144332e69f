import { strict as assert } from "node:assert";
import { stallTimeoutOf, StallTimer } from "../../src/kube/stall_timer.ts";

Deno.test("StallTimer calls back when nothing starts it again", async () => {
  const stalled = Promise.withResolvers<void>();
  new StallTimer(1, stalled.resolve).start();
  await stalled.promise;
});

Deno.test("StallTimer waits from the last start", async () => {
  const order: string[] = [];
  const stalled = Promise.withResolvers<void>();
  const early = new StallTimer(20, () => {
    order.push("restarted");
    stalled.resolve();
  });
  early.start();
  // A timer of the same length that starts in between must come first.
  await new Promise((resolve) => setTimeout(resolve, 5));
  new StallTimer(20, () => order.push("other")).start();
  await new Promise((resolve) => setTimeout(resolve, 5));
  early.start();
  await stalled.promise;
  assert.deepEqual(order, ["other", "restarted"]);
});

Deno.test("StallTimer keeps quiet once it is stopped", async () => {
  const stopped = new StallTimer(1, () => assert.fail("it called back"));
  stopped.start();
  stopped.stop();
  stopped.stop();
  await new Promise((resolve) => setTimeout(resolve, 5));
});

Deno.test("stallTimeoutOf() gives a registry time to close an upload", () => {
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>();
  assert.equal(stallTimeoutOf({ method: "PUT", body: null }, 60), 600);
  assert.equal(stallTimeoutOf({ method: "PUT", body }, 60), 60);
  assert.equal(stallTimeoutOf({ method: "GET", body: null }, 60), 60);
});
