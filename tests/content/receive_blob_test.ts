import { strict as assert } from "node:assert";
import type { BlobContent } from "../../src/content/blob_content.ts";
import { receiveBlob } from "../../src/content/receive_blob.ts";
import { Digester, digestOf } from "../../src/oci/digest.ts";
import { streamOf } from "../support/memory_store.ts";

const BYTES = new TextEncoder().encode("hello");
const DIGEST = digestOf(BYTES);

function contentOf(
  bytes: Uint8Array,
  identity: Partial<BlobContent> = { digest: DIGEST, size: 5 },
): BlobContent {
  return {
    mediaType: "text/plain",
    ...identity,
    open: (offset = 0) => Promise.resolve(streamOf(bytes.subarray(offset))),
  };
}

Deno.test("receiveBlob() hands on all bytes and returns what they are", async () => {
  const written: string[] = [];
  const progress: number[] = [];
  const blob = await receiveBlob(contentOf(BYTES, {}), {
    write: (bytes) => {
      written.push(new TextDecoder().decode(bytes));
      return Promise.resolve();
    },
    onProgress: (bytes) => progress.push(bytes),
  });
  assert.deepEqual(blob, { digest: DIGEST, size: 5, bytesRead: 5 });
  assert.deepEqual(written, ["he", "llo"]);
  assert.deepEqual(progress, [2, 5]);
});

Deno.test("receiveBlob() goes on behind what is there", async () => {
  const digester = new Digester();
  digester.update(BYTES.subarray(0, 3));
  let written = "";
  const blob = await receiveBlob(contentOf(BYTES), {
    start: { size: 3, digester },
    write: (bytes) => {
      written += new TextDecoder().decode(bytes);
      return Promise.resolve();
    },
  });
  assert.equal(written, "lo");
  assert.deepEqual(blob, { digest: DIGEST, size: 5, bytesRead: 2 });
});

Deno.test("receiveBlob() refuses other bytes, fewer and more", async () => {
  const refused = (text: string) =>
    receiveBlob(contentOf(new TextEncoder().encode(text)), {
      write: () => Promise.resolve(),
    }).then(() => "", (error) => `${error.name}: ${error.message}`);
  assert.match(
    await refused("hellO"),
    /^ContentMismatchError: Cannot accept the blob sha256:2cf2.*: its digest is sha256:/,
  );
  assert.match(await refused("hell"), /it has 4 bytes, must have 5$/);
  assert.match(
    await refused("hello!"),
    /it has at least 6 bytes, must have 5$/,
  );
});

Deno.test("receiveBlob() ends a stream that is silent with the signal", async () => {
  const controller = new AbortController();
  const ends: unknown[] = [];
  const stream = new ReadableStream<Uint8Array>({
    // Asked for bytes, it has none, and the user has enough.
    pull: () => controller.abort("enough"),
    cancel: (reason) => {
      ends.push(reason);
    },
  }, { highWaterMark: 0 });
  const content = { ...contentOf(BYTES), open: () => Promise.resolve(stream) };
  const received = receiveBlob(content, {
    write: () => Promise.resolve(),
    signal: controller.signal,
  });
  assert.equal(await received.catch((error) => error), "enough");
  assert.deepEqual(ends, ["enough"]);
});

Deno.test("receiveBlob() gives up a source that does not open", async () => {
  const opening = Promise.withResolvers<ReadableStream<Uint8Array>>();
  const controller = new AbortController();
  const received = receiveBlob({
    ...contentOf(BYTES),
    open: () => opening.promise,
  }, { write: () => Promise.resolve(), signal: controller.signal });
  queueMicrotask(() => controller.abort("enough"));
  assert.equal(await received.catch((error) => error), "enough");
  // It opens after all, and nobody reads it.
  const ended = Promise.withResolvers<void>();
  opening.resolve(
    new ReadableStream<Uint8Array>({ cancel: () => ended.resolve() }),
  );
  await ended.promise;
});

Deno.test("receiveBlob() cancels the stream when nobody takes its bytes", async () => {
  let cancelled = false;
  const stream = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(2)),
    cancel: () => {
      cancelled = true;
    },
  });
  const content = { ...contentOf(BYTES), open: () => Promise.resolve(stream) };
  await assert.rejects(
    receiveBlob(content, { write: () => Promise.reject(new Error("full")) }),
    { message: "full" },
  );
  assert.ok(cancelled);
});
