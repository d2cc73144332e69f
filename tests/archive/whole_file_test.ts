import { strict as assert } from "node:assert";
import { gzipSync, zstdCompressSync, type ZstdOptions } from "node:zlib";
import type { FileCompression } from "../../src/archive/decompress.ts";
import {
  leastUnpackedSize,
  sniffCompression,
} from "../../src/archive/whole_file.ts";
import { madeBytes, oneTwo } from "../support/compressed.ts";
import { buildTar, concatBytes, toBytes } from "../support/tar_builder.ts";
import { tempDir } from "../support/temp_dir.ts";

async function least(bytes: Uint8Array, compression: FileCompression) {
  await using dir = await tempDir();
  return await leastUnpackedSize(await dir.write("x", bytes), compression);
}

for (const compression of ["gzip", "zstd", "bzip2", "xz"] as const) {
  Deno.test(`sniffCompression() knows ${compression}`, () => {
    assert.equal(sniffCompression(oneTwo(compression)), compression);
  });
}

Deno.test("sniffCompression() knows what is not compressed", () => {
  assert.equal(sniffCompression(buildTar([{ name: "BZh" }])), undefined);
  assert.equal(sniffCompression(toBytes("{}")), undefined);
  assert.equal(sniffCompression(new Uint8Array()), undefined);
});

Deno.test("leastUnpackedSize() reads the last member's size of gzip", async () => {
  assert.equal(await least(gzipSync(new Uint8Array(70_000)), "gzip"), 70_000);
  assert.equal(await least(oneTwo("gzip"), "gzip"), 3);
  assert.equal(await least(Uint8Array.of(0x1f, 0x8b), "gzip"), undefined);
});

for (const size of [200, 300, 70_000]) {
  Deno.test(`leastUnpackedSize() reads the size ${size} in a zstd frame`, async () => {
    // Deno's types do not know it yet.
    const options: ZstdOptions & { pledgedSrcSize: number } = {
      pledgedSrcSize: size,
    };
    const frame = zstdCompressSync(new Uint8Array(size), options);
    assert.equal(
      await least(concatBytes([frame, new Uint8Array(9)]), "zstd"),
      size,
    );
  });
}

Deno.test("leastUnpackedSize() reads a size of 8 bytes in a zstd frame", async () => {
  const head = new Uint8Array(18);
  head.set([0x28, 0xb5, 0x2f, 0xfd, 0xc0, 0x60]);
  new DataView(head.buffer).setBigUint64(6, 9_000_000_000n, true);
  assert.equal(await least(head, "zstd"), 9_000_000_000);
});

Deno.test("leastUnpackedSize() knows nothing of a zstd frame without a size", async () => {
  const head = new Uint8Array(18);
  head.set([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x60]);
  assert.equal(await least(head, "zstd"), undefined);
  assert.equal(await least(oneTwo("zstd"), "zstd"), undefined);
});

Deno.test("leastUnpackedSize() adds up the index of xz", async () => {
  assert.equal(await least(madeBytes("xzOne"), "xz"), 4);
  assert.equal(
    await least(madeBytes("xzOne").subarray(0, -1), "xz"),
    undefined,
  );
});

Deno.test("leastUnpackedSize() knows nothing of bzip2", async () => {
  assert.equal(await least(madeBytes("bzip2One"), "bzip2"), undefined);
});
