import { strict as assert } from "node:assert";
import { sniffLayerFormat } from "../../src/archive/layer_format.ts";
import { buildTar } from "../support/tar_builder.ts";

Deno.test("sniffLayerFormat() knows each compression by its first bytes", () => {
  const heads: [string, number[]][] = [
    ["gzip", [0x1f, 0x8b, 0x08, 0x00]],
    ["zstd", [0x28, 0xb5, 0x2f, 0xfd]],
    ["bzip2", [0x42, 0x5a, 0x68, 0x39]],
    ["xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ];
  for (const [format, head] of heads) {
    assert.equal(sniffLayerFormat(Uint8Array.from(head)), format);
  }
});

Deno.test("sniffLayerFormat() takes every skippable frame for zstd", () => {
  for (let low = 0x50; low <= 0x5f; low++) {
    assert.equal(
      sniffLayerFormat(Uint8Array.of(low, 0x2a, 0x4d, 0x18)),
      "zstd",
    );
  }
  assert.equal(
    sniffLayerFormat(Uint8Array.of(0x60, 0x2a, 0x4d, 0x18)),
    "plain",
  );
});

Deno.test("sniffLayerFormat() believes a tar header more than a file's name", () => {
  const tar = buildTar([{ name: "BZh9", data: "not bzip2" }]);
  assert.equal(sniffLayerFormat(tar), "plain");
});

Deno.test("sniffLayerFormat() takes an empty or unknown file for plain", () => {
  assert.equal(sniffLayerFormat(new Uint8Array(0)), "plain");
  assert.equal(sniffLayerFormat(Uint8Array.of(0x1f, 0x8b)), "plain");
  const v7 = buildTar([{ name: "a", data: "b", format: "v7" }]);
  assert.equal(sniffLayerFormat(v7), "plain");
});
