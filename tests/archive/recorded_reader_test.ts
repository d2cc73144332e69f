import { strict as assert } from "node:assert";
import { RecordedReader } from "../../src/archive/recorded_reader.ts";

Deno.test("RecordedReader yields the pieces of a stream", async () => {
  const pieces = [Uint8Array.of(1), Uint8Array.of(2, 3)];
  const reader = new RecordedReader(ReadableStream.from(pieces));
  assert.deepEqual(await Array.fromAsync(reader), pieces);
  assert.equal(reader.failure, undefined);
});

Deno.test("RecordedReader keeps how the stream failed, and does not end it again", async () => {
  const broken = new Error("Broken");
  const reader = new RecordedReader(
    new ReadableStream({ pull: () => Promise.reject(broken) }),
  );
  await assert.rejects(reader.read(), broken);
  assert.equal(reader.failure, broken);
  await reader.cancel();
});

Deno.test("RecordedReader ends a stream with the reason", async () => {
  let ended: unknown;
  const reader = new RecordedReader(
    new ReadableStream({ cancel: (reason) => void (ended = reason) }),
  );
  await reader.cancel("enough");
  assert.equal(ended, "enough");
});
