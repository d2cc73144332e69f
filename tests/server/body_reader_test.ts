import { strict as assert } from "node:assert";
import { ApiError } from "../../src/server/api_error.ts";
import {
  BodyInterruptedError,
  BodyReader,
} from "../../src/server/body_reader.ts";

Deno.test("BodyReader reads to the end and counts", async () => {
  const body = ReadableStream.from([new Uint8Array(3), new Uint8Array(4)]);
  const traffic = { received: 0 };
  using reader = new BodyReader(body, { idleTimeout: 60_000, traffic });
  assert.equal((await reader.read())?.length, 3);
  assert.equal((await reader.read())?.length, 4);
  assert.equal(await reader.read(), undefined);
  assert.equal(traffic.received, 7);
});

Deno.test("BodyReader takes no body for an empty one", async () => {
  using reader = new BodyReader(null, { idleTimeout: 60_000 });
  assert.equal(await reader.read(), undefined);
});

Deno.test("BodyReader tells a body that breaks", async () => {
  const cause = new Error("Connection reset");
  const body = new ReadableStream({ start: (it) => it.error(cause) });
  using reader = new BodyReader(body, { idleTimeout: 60_000 });
  await assert.rejects(
    reader.read(),
    (error) => error instanceof BodyInterruptedError && error.cause === cause,
  );
});

Deno.test("BodyReader stops when it is told to", async () => {
  const stop = new AbortController();
  const { signal } = stop;
  using reader = new BodyReader(new ReadableStream(), {
    idleTimeout: 60_000,
    signal,
  });
  const read = reader.read();
  stop.abort();
  await assert.rejects(read, BodyInterruptedError);
  using late = new BodyReader(new ReadableStream(), {
    idleTimeout: 60_000,
    signal,
  });
  await assert.rejects(late.read(), BodyInterruptedError);
});

Deno.test("BodyReader gives up a client that sends nothing", async () => {
  using reader = new BodyReader(new ReadableStream(), { idleTimeout: 20 });
  await assert.rejects(
    reader.read(),
    (error) => error instanceof ApiError && error.status === 408,
  );
});

Deno.test("BodyReader leaves the rest of a body to others", async () => {
  const body = ReadableStream.from([new Uint8Array(3), new Uint8Array(4)]);
  {
    using reader = new BodyReader(body, { idleTimeout: 60_000 });
    await reader.read();
  }
  const rest = await Array.fromAsync(body);
  assert.deepEqual(rest.map(({ length }) => length), [4]);
});
