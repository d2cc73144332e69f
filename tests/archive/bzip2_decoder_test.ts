import { strict as assert } from "node:assert";
import { decompressBzip2 } from "../../src/archive/bzip2_decoder.ts";
import { madeBytes, streamOf } from "../support/compressed.ts";
import { concatBytes } from "../support/tar_builder.ts";

async function sizes(bytes: Uint8Array): Promise<number[]> {
  const found: number[] = [];
  for await (const piece of decompressBzip2(streamOf(bytes))) {
    found.push(piece.length);
  }
  return found;
}

Deno.test("decompressBzip2() makes pieces of at most 1 MiB", async () => {
  assert.deepEqual(await sizes(madeBytes("bzip2Zeros")), [
    1_048_576,
    1_048_576,
    902_848,
  ]);
});

Deno.test("decompressBzip2() reads streams without content", async () => {
  const nothing = madeBytes("bzip2Nothing");
  assert.deepEqual(await sizes(nothing), []);
  const bytes = concatBytes([nothing, madeBytes("bzip2Two"), nothing]);
  assert.deepEqual(await sizes(bytes), [3]);
});

Deno.test("decompressBzip2() says where it ends too early", async () => {
  await assert.rejects(sizes(madeBytes("bzip2Zeros").subarray(0, 30)), {
    name: "SyntaxError",
    message: "The bzip2 data ends too early",
  });
});

Deno.test("decompressBzip2() refuses damaged blocks", async () => {
  const bytes = madeBytes("bzip2Zeros");
  // The block's checksum stands behind the header and the block's magic.
  bytes.fill(0x55, 10, 14);
  await assert.rejects(sizes(bytes), {
    name: "SyntaxError",
    message: "The bzip2 data is damaged, or something else follows it",
  });
});
