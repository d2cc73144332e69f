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

/** A body that brings a piece in each interval, of milliseconds. */
function steadyBody(
  pieceSize: number,
  interval: number,
  pieces = Infinity,
): ReadableStream<Uint8Array> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let sent = 0;
  return new ReadableStream({
    pull(controller) {
      if (sent++ === pieces) return controller.close();
      return new Promise<void>((resolve) => {
        timer = setTimeout(() => {
          controller.enqueue(new Uint8Array(pieceSize));
          resolve();
        }, interval);
      });
    },
    cancel: () => clearTimeout(timer),
  }, { highWaterMark: 0 });
}

async function sizeOf(reader: BodyReader): Promise<number> {
  let size = 0;
  for (let it = await reader.read(); it; it = await reader.read()) {
    size += it.length;
  }
  return size;
}

Deno.test("BodyReader gives up a client that sends a byte now and then", async () => {
  using reader = new BodyReader(steadyBody(1, 5), { idleTimeout: 50 });
  await assert.rejects(
    sizeOf(reader),
    (error) =>
      error instanceof ApiError && error.status === 408 &&
      error.message.endsWith("fewer than 65536 bytes came in 50 ms"),
  );
});

Deno.test("BodyReader goes on with a client that is slow but steady", async () => {
  const body = steadyBody(65_536, 60, 20);
  using reader = new BodyReader(body, { idleTimeout: 1000 });
  assert.equal(await sizeOf(reader), 1_310_720);
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
