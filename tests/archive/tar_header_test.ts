import { strict as assert } from "node:assert";
import {
  isZeroBlock,
  parsePaxRecords,
  parseTarHeader,
} from "../../src/archive/tar_header.ts";
import { paxHeader, tarHeader, toBytes } from "../support/tar_builder.ts";

Deno.test("parseTarHeader() reads a POSIX header with a prefix", () => {
  const block = tarHeader({ name: "name", prefix: "dir/sub", data: "12345" });
  assert.deepEqual(parseTarHeader(block), {
    name: "dir/sub/name",
    type: "0",
    linkname: "",
    size: 5,
    sparseContinues: false,
  });
});

Deno.test("parseTarHeader() takes no prefix from a GNU header", () => {
  const block = tarHeader({ name: "name", prefix: "atime", format: "gnu" });
  assert.equal(parseTarHeader(block)?.name, "name");
});

Deno.test("parseTarHeader() reads a v7 header, which has no magic", () => {
  const block = tarHeader({ name: "old", type: "\0", format: "v7" });
  assert.equal(parseTarHeader(block)?.name, "old");
  assert.equal(parseTarHeader(block)?.type, "0");
});

Deno.test("parseTarHeader() reads a link and its target", () => {
  const block = tarHeader({ name: "a", type: "2", linkname: "../b" });
  assert.equal(parseTarHeader(block)?.type, "2");
  assert.equal(parseTarHeader(block)?.linkname, "../b");
});

Deno.test("parseTarHeader() reads a size in base 256", () => {
  const block = tarHeader({ name: "a", size: 10_737_418_240, base256: true });
  assert.equal(parseTarHeader(block)?.size, 10_737_418_240);
});

Deno.test("parseTarHeader() knows no negative size", () => {
  const block = tarHeader({ name: "a", size: 1, base256: true });
  // The checksum counts the byte that is changed: 0x80 becomes 0xff.
  block[124] = 0xff;
  block.set(toBytes("012345"), 148);
  const sum = block.reduce((total, byte) => total + byte, 0) -
    block.subarray(148, 156).reduce((total, byte) => total + byte, 0) + 256;
  block.set(toBytes(sum.toString(8).padStart(6, "0") + "\0 "), 148);
  assert.equal(parseTarHeader(block)?.name, "a");
  assert.equal(parseTarHeader(block)?.size, undefined);
});

Deno.test("parseTarHeader() accepts a checksum of signed bytes", () => {
  const item = { name: "\u00e9\u00e9", checksum: "signed" } as const;
  assert.equal(parseTarHeader(tarHeader(item))?.name, "\u00e9\u00e9");
});

Deno.test("parseTarHeader() refuses what has a wrong checksum", () => {
  const wrong = tarHeader({ name: "a", checksum: "wrong" });
  assert.equal(parseTarHeader(wrong), undefined);
  assert.equal(parseTarHeader(new Uint8Array(512)), undefined);
  assert.equal(parseTarHeader(tarHeader({ name: "a" }).subarray(1)), undefined);
});

Deno.test("parseTarHeader() reads a name that is not UTF-8 byte by byte", () => {
  const block = tarHeader({ name: "ab" });
  // 0x61 0x62 becomes 0xc3 0x00: the sum of both is the same.
  block[0] = 0xc3;
  block[1] = 0;
  assert.equal(parseTarHeader(block)?.name, "\u00c3");
});

Deno.test("isZeroBlock() tells zeros from anything else", () => {
  assert.equal(isZeroBlock(new Uint8Array(512)), true);
  assert.equal(isZeroBlock(Uint8Array.of(0, 0, 1)), false);
});

Deno.test("parsePaxRecords() reads records whose values hold anything", () => {
  const { data = "" } = paxHeader({
    path: "ä=b\nc",
    size: "8589934592",
    comment: "",
  });
  assert.deepEqual(
    [...parsePaxRecords(toBytes(data)) ?? []],
    [["path", "ä=b\nc"], ["size", "8589934592"], ["comment", ""]],
  );
});

for (
  const text of [
    "path=x\n",
    "8 path=x\n",
    "11 path=x\n",
    "0 path=x\n",
    "10 pathxx\n\n",
    "10 path=xx",
    "99999999999 path=x\n",
    "x path=x\n",
  ]
) {
  Deno.test(`parsePaxRecords() refuses ${JSON.stringify(text)}`, () => {
    assert.equal(parsePaxRecords(toBytes(text)), undefined);
  });
}
