import { strict as assert } from "node:assert";
import { ContentMismatchError } from "../../src/content/content_mismatch_error.ts";
import { Chunk, ChunkReader } from "../../src/registry/chunk_reader.ts";
import {
  contentOf,
  EMPTY_DIGEST,
  FOUR_DIGEST,
  TEN_DIGEST,
  tenBytes,
} from "./upload_fixture.ts";

function textOf(chunk: Chunk): string {
  return chunk.pieces.map((piece) => new TextDecoder().decode(piece)).join("");
}

Deno.test("ChunkReader cuts content into chunks of one size", async () => {
  const reader = await ChunkReader.open(tenBytes());
  const chunks: [number, string, number][] = [];
  while (reader.identity === undefined) {
    const chunk = await reader.next(4);
    chunks.push([chunk.start, textOf(chunk), chunk.end]);
  }
  assert.deepEqual(chunks, [[0, "abcd", 4], [4, "efgh", 8], [8, "ij", 10]]);
});

Deno.test("ChunkReader computes digest and size of unknown content", async () => {
  const reader = await ChunkReader.open(contentOf("abcdefghij"));
  await reader.next(100);
  assert.deepEqual(reader.identity, { digest: TEN_DIGEST, size: 10 });
});

Deno.test("ChunkReader knows the last chunk when content ends with it", async () => {
  const reader = await ChunkReader.open(contentOf("abcd"));
  assert.equal(textOf(await reader.next(4)), "abcd");
  assert.deepEqual(reader.identity, { digest: FOUR_DIGEST, size: 4 });
});

Deno.test("ChunkReader gives empty content as one empty chunk", async () => {
  const reader = await ChunkReader.open(contentOf("", { size: 0 }));
  const chunk = await reader.next(4);
  assert.deepEqual([chunk.start, chunk.end, chunk.pieces.length], [0, 0, 0]);
  assert.equal(reader.identity?.digest, EMPTY_DIGEST);
});

Deno.test("ChunkReader rejects another digest before the last chunk", async () => {
  const reader = await ChunkReader.open(
    contentOf("abcdefghiX", { digest: TEN_DIGEST, size: 10 }),
  );
  await reader.next(4);
  await reader.next(4);
  await assert.rejects(reader.next(4), (error) => {
    assert.ok(error instanceof ContentMismatchError);
    assert.equal(error.expected.digest, TEN_DIGEST);
    assert.match(error.message, /its digest is sha256:/);
    return true;
  });
  assert.equal(reader.identity, undefined);
});

Deno.test("ChunkReader rejects content that is too short", async () => {
  const reader = await ChunkReader.open(
    contentOf("abcd", { digest: TEN_DIGEST, size: 10 }),
  );
  await assert.rejects(reader.next(20), {
    name: "ContentMismatchError",
    message: `Cannot push the blob "${TEN_DIGEST}": ` +
      "it has 4 bytes, must have 10",
  });
});

Deno.test("ChunkReader rejects content that is too long as soon as it is", async () => {
  const reader = await ChunkReader.open(contentOf("abcdefghij", { size: 5 }));
  await assert.rejects(reader.next(4), /it has at least 6 bytes, must have 5/);
  await reader.cancel();
});

Deno.test("ChunkReader skips bytes but hashes them", async () => {
  const reader = await ChunkReader.open(tenBytes());
  await reader.skip(7);
  const chunk = await reader.next(4);
  assert.deepEqual([chunk.start, textOf(chunk)], [7, "hij"]);
  assert.equal(reader.identity?.digest, TEN_DIGEST);
});

Deno.test("ChunkReader does not skip beyond the end", async () => {
  const reader = await ChunkReader.open(contentOf("abcd"));
  await assert.rejects(reader.skip(5), {
    name: "RangeError",
    message: "Cannot go on at byte 5 of the blob: it has 4",
  });
});

Deno.test("ChunkReader gives pieces as they come", async () => {
  const reader = await ChunkReader.open(contentOf("abcd"));
  const sizes = [];
  for (;;) {
    const piece = await reader.nextPiece();
    if (piece === undefined) break;
    sizes.push(piece.length);
  }
  assert.deepEqual(sizes, [3, 1]);
  assert.equal(reader.identity?.size, 4);
});

Deno.test("ChunkReader passes on what the source fails with", async () => {
  const error = new Error("The layer is damaged");
  const reader = await ChunkReader.open({
    mediaType: "x",
    open: () =>
      Promise.resolve(
        new ReadableStream({ pull: () => Promise.reject(error) }),
      ),
  });
  await assert.rejects(reader.next(4), error);
});

Deno.test("Chunk.slice() returns a part without copying", () => {
  const pieces = ["abc", "def", "gh"].map((text) =>
    new TextEncoder().encode(text)
  );
  const chunk = new Chunk(100, pieces);
  const part = chunk.slice(102, 107);
  assert.deepEqual([part.start, textOf(part), part.end], [102, "cdefg", 107]);
  assert.equal(part.pieces[0]?.buffer, pieces[0]?.buffer);
  assert.equal(textOf(chunk.slice(100, 200)), "abcdefgh");
  assert.equal(textOf(chunk.slice(108, 200)), "");
});

Deno.test("Chunk.release() gives back whole pieces and leaves the rest of a cut one", async () => {
  const pieces = [new Uint8Array(4), new Uint8Array(4)];
  const reader = await ChunkReader.open({
    mediaType: "text/plain",
    open: () => Promise.resolve(ReadableStream.from(pieces)),
  });
  const first = await reader.next(6);
  first.release();
  assert.deepEqual(pieces.map(({ length }) => length), [0, 4]);
  const second = await reader.next(6);
  assert.equal(second.end, 8);
  second.release();
  assert.deepEqual(pieces.map(({ length }) => length), [0, 0]);
});
