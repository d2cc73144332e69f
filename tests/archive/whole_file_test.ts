import { strict as assert } from "node:assert";
import { gzipSync } from "node:zlib";
import type { FileCompression } from "../../src/archive/decompress.ts";
import {
  leastUnpackedSize,
  sniffCompression,
} from "../../src/archive/whole_file.ts";
import { madeBytes, oneTwo } from "../support/compressed.ts";
import { buildTar, toBytes } from "../support/tar_builder.ts";
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

for (
  const [what, descriptor, field, size] of [
    ["1 byte", 0x20, [200], 200],
    ["2 bytes, of a frame with a dictionary", 0x61, [7, 44, 1], 556],
    ["4 bytes", 0x80, [0x60, 0x70, 0x11, 1, 0], 70_000],
    ["8 bytes", 0xc0, [0x60, 0, 0x1a, 0x71, 0x18, 2, 0, 0, 0], 9_000_000_000],
  ] as const
) {
  Deno.test(`leastUnpackedSize() reads the size of a zstd frame in ${what}`, async () => {
    const head = new Uint8Array(18);
    head.set([0x28, 0xb5, 0x2f, 0xfd, descriptor, ...field]);
    assert.equal(await least(head, "zstd"), size);
  });
}

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
