import { strict as assert } from "node:assert";
import { ClientBody, clientStream } from "../../src/http/reverse_proxy_body.ts";
import {
  ClientGoneError,
  ReverseProxyError,
} from "../../src/http/reverse_proxy_error.ts";

const LONG = 60_000;

/** A body whose pieces are made when they are asked for, and counted. */
function countedBody(pieces: number): {
  readonly body: ReadableStream<Uint8Array>;
  readonly seen: { made: number; cancelled: boolean };
} {
  const seen = { made: 0, cancelled: false };
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (seen.made === pieces) return controller.close();
      seen.made += 1;
      controller.enqueue(new Uint8Array([seen.made]));
    },
    cancel() {
      seen.cancelled = true;
    },
  }, { highWaterMark: 0 });
  return { body, seen };
}

function silentBody(): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({}, { highWaterMark: 0 });
}

Deno.test("ClientBody passes on what is asked for, and no more", async () => {
  const { body, seen } = countedBody(3);
  await using client = new ClientBody(body, { timeout: LONG, waits: false });
  assert.equal(client.touched, false);
  const reader = client.stream.getReader();
  assert.deepEqual((await reader.read()).value, new Uint8Array([1]));
  assert.equal(client.touched, true);
  assert.equal(seen.made, 1);
});

Deno.test("ClientBody reads the rest of a body that is given up", async () => {
  const { body, seen } = countedBody(100);
  {
    await using client = new ClientBody(body, { timeout: LONG, waits: false });
    await client.stream.getReader().read();
    await client.stream.cancel().catch(() => {});
  }
  assert.equal(seen.made, 100);
  assert.equal(seen.cancelled, false);
});

Deno.test("ClientBody does not ask for a body that the client holds back", async () => {
  const { body, seen } = countedBody(100);
  await new ClientBody(body, { timeout: LONG, waits: true })
    [Symbol.asyncDispose]();
  assert.deepEqual(seen, { made: 0, cancelled: true });
});

Deno.test("ClientBody tells a client that is gone from one that is silent", async () => {
  const broken = new ReadableStream<Uint8Array>({
    pull() {
      throw new TypeError("Connection reset");
    },
  }, { highWaterMark: 0 });
  {
    await using gone = new ClientBody(broken, { timeout: LONG, waits: false });
    await assert.rejects(gone.stream.getReader().read(), ClientGoneError);
  }
  await using silent = new ClientBody(silentBody(), {
    timeout: 20,
    waits: false,
  });
  await assert.rejects(silent.stream.getReader().read(), (error) => {
    assert.ok(error instanceof ReverseProxyError);
    assert.equal(error.status, 408);
    return true;
  });
});

Deno.test("clientStream() passes a body on as the client takes it", async () => {
  const { body, seen } = countedBody(3);
  const ends: unknown[] = [];
  const stream = clientStream(body, {
    isSized: true,
    timeout: LONG,
    onEnd: (failure) => ends.push(failure),
  });
  const reader = stream.getReader();
  await reader.read();
  assert.equal(seen.made, 1);
  assert.deepEqual(ends, []);
  await reader.read();
  await reader.read();
  assert.equal((await reader.read()).done, true);
  assert.deepEqual(ends, [undefined]);
});

Deno.test("clientStream() gives the rest up when the client goes", async () => {
  const { body, seen } = countedBody(3);
  const ends: unknown[] = [];
  const stream = clientStream(body, {
    isSized: true,
    timeout: LONG,
    onEnd: (failure) => ends.push(failure),
  });
  const reader = stream.getReader();
  await reader.read();
  await reader.cancel();
  assert.equal(seen.cancelled, true);
  assert.equal(ends.length, 1);
  assert.ok(ends[0] instanceof ClientGoneError);
});

Deno.test("clientStream() gives a client up that takes nothing", async () => {
  const { body, seen } = countedBody(3);
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const stream = clientStream(body, {
    isSized: true,
    timeout: 20,
    onEnd: resolve,
  });
  const reader = stream.getReader();
  await reader.read();
  assert.ok(await promise instanceof ReverseProxyError);
  assert.equal(seen.cancelled, true);
  assert.equal((await reader.read()).done, true);
});

Deno.test("clientStream() ends early, or fails, when the body breaks", async () => {
  for (const isSized of [true, false]) {
    const reason = new Error("broken");
    const { promise, resolve } = Promise.withResolvers<unknown>();
    const stream = clientStream(
      new ReadableStream<Uint8Array>({
        pull() {
          throw reason;
        },
      }, { highWaterMark: 0 }),
      { isSized, timeout: LONG, onEnd: resolve },
    );
    const read = stream.getReader().read();
    if (isSized) assert.equal((await read).done, true);
    else await assert.rejects(read, reason);
    assert.equal(await promise, reason);
  }
});
