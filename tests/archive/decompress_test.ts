import { strict as assert } from "node:assert";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { ArchiveError } from "../../src/archive/archive_error.ts";
import {
  decompress,
  type FileCompression,
} from "../../src/archive/decompress.ts";
import { oneTwo, streamOf } from "../support/compressed.ts";
import { concatBytes, toBytes } from "../support/tar_builder.ts";
import { readText } from "../support/temp_dir.ts";

const COMPRESSIONS = ["gzip", "zstd", "bzip2", "xz"] as const;

function read(
  stream: ReadableStream<Uint8Array>,
  compression: FileCompression,
): Promise<string> {
  return readText(decompress(stream, { compression, location: "x.tar" }));
}

for (const compression of COMPRESSIONS) {
  Deno.test(`decompress() reads ${compression} of several parts, however it is cut`, async () => {
    for (const size of [1, 7, 4096]) {
      const stream = streamOf(oneTwo(compression), size);
      assert.equal(await read(stream, compression), "one two");
    }
  });

  Deno.test(`decompress() accepts empty pieces of ${compression}`, async () => {
    const nothing = new Uint8Array();
    const pieces = [...oneTwo(compression)].flatMap((byte) => [
      nothing,
      nothing,
      Uint8Array.of(byte),
      nothing,
    ]);
    assert.equal(
      await read(ReadableStream.from(pieces), compression),
      "one two",
    );
  });

  Deno.test(`decompress() refuses ${compression} that is cut off anywhere in its last part`, async () => {
    const bytes = oneTwo(compression);
    for (const missing of [1, 5, 9]) {
      await assert.rejects(
        read(streamOf(bytes.subarray(0, -missing)), compression),
        ArchiveError,
      );
    }
  });

  Deno.test(`decompress() refuses ${compression} with something behind it`, async () => {
    const bytes = concatBytes([oneTwo(compression), toBytes("garbage!")]);
    await assert.rejects(read(streamOf(bytes), compression), (error) => {
      assert(error instanceof ArchiveError);
      assert(error.message.startsWith(
        `Cannot read "x.tar": its ${compression} data cannot be decompressed: `,
      ));
      assert(error.cause instanceof Error);
      return true;
    });
  });

  Deno.test(`decompress() refuses ${compression} whose content was changed`, async () => {
    const bytes = oneTwo(compression);
    const at = bytes.length - (compression === "xz" ? 40 : 6);
    bytes[at] = (bytes[at] ?? 0) ^ 0x10;
    await assert.rejects(read(streamOf(bytes), compression), ArchiveError);
  });

  Deno.test(`decompress() passes on the failure of a stream of ${compression}`, async () => {
    const failure = new Error("The disk is gone");
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) =>
        controller.enqueue(oneTwo(compression).slice(0, 9)),
      pull: (controller) => controller.error(failure),
    }, { highWaterMark: 0 });
    await assert.rejects(read(stream, compression), failure);
  });

  Deno.test(`decompress() cancels a stream of ${compression} when it is cancelled`, async () => {
    let cancelled = false;
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(oneTwo(compression)),
      pull: (controller) => controller.enqueue(oneTwo(compression)),
      cancel() {
        cancelled = true;
      },
    });
    const reader = decompress(stream, { compression, location: "x" })
      .getReader();
    await reader.read();
    await reader.cancel();
    assert.equal(cancelled, true);
  });
}

for (const compression of COMPRESSIONS) {
  Deno.test(`decompress() of ${compression} can be cancelled while it waits for bytes`, async () => {
    const reason = new Error("Interrupted");
    const waiting = Promise.withResolvers<void>();
    let cancelled: unknown;
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) =>
        controller.enqueue(oneTwo(compression).slice(0, 9)),
      pull() {
        waiting.resolve();
        return new Promise(() => {});
      },
      cancel(why) {
        cancelled = why;
      },
    }, { highWaterMark: 0 });
    const reader = decompress(stream, { compression, location: "x" })
      .getReader();
    const reading = reader.read();
    await waiting.promise;
    await reader.cancel(reason);
    assert.deepEqual(await reading, { done: true, value: undefined });
    assert.equal(cancelled, reason);
  });
}

for (
  const [compression, bytes] of [
    ["gzip", gzipSync(new Uint8Array(50_000_000))],
    ["zstd", zstdCompressSync(new Uint8Array(50_000_000))],
  ] as const
) {
  Deno.test(`decompress() hands ${compression} on in small pieces`, async () => {
    const stream = decompress(streamOf(bytes), { compression, location: "x" });
    let size = 0;
    for await (const piece of stream) {
      assert(piece.length <= 256 * 1024);
      size += piece.length;
    }
    assert.equal(size, 50_000_000);
  });
}
