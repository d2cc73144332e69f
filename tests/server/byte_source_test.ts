import { strict as assert } from "node:assert";
import { byteSource } from "../../src/server/byte_source.ts";

async function readAll(
  stream: ReadableStream<Uint8Array>,
  memorySize: number,
): Promise<number[][]> {
  const source = byteSource(stream, memorySize);
  const reads: number[][] = [];
  for (;;) {
    const bytes = await source.read();
    if (bytes === undefined) return reads;
    reads.push([...bytes]);
  }
}

Deno.test("byteSource() reads a byte stream into its own memory", async () => {
  const stream = new ReadableStream({
    type: "bytes",
    start(controller) {
      controller.enqueue(new Uint8Array([1, 2, 3, 4, 5]));
      controller.close();
    },
  });
  assert.deepEqual(await readAll(stream, 2), [[1, 2], [3, 4], [5]]);
});

Deno.test("byteSource() leaves what was read last alone", async () => {
  const stream = new ReadableStream({
    type: "bytes",
    start: (controller) => controller.enqueue(new Uint8Array([1, 2, 3])),
  });
  const source = byteSource(stream, 1);
  const first = await source.read();
  const second = await source.read();
  assert.deepEqual([first, second].map((it) => it?.[0]), [1, 2]);
  await source.read();
  assert.deepEqual([...second ?? []], [2]);
  await source.cancel();
});

Deno.test("byteSource() reads a stream of chunks as they are", async () => {
  const stream = ReadableStream.from([
    new Uint8Array([1, 2, 3]),
    new Uint8Array([4]),
  ]);
  assert.deepEqual(await readAll(stream, 2), [[1, 2, 3], [4]]);
});

Deno.test("byteSource() ends a read that waits when it is cancelled", async () => {
  for (const stream of [new ReadableStream(), byteStream()]) {
    const source = byteSource(stream, 2);
    const read = source.read();
    await source.cancel();
    assert.equal(await read, undefined);
  }
});

Deno.test("byteSource() does not take a stream that another reads", () => {
  const stream = new ReadableStream();
  stream.getReader();
  assert.throws(() => byteSource(stream, 2), TypeError);
});

function byteStream(): ReadableStream<Uint8Array> {
  return new ReadableStream({ type: "bytes" });
}
