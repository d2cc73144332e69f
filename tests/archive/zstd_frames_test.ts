import { strict as assert } from "node:assert";
import { Buffer } from "node:buffer";
import { zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { ZstdFrames } from "../../src/archive/zstd_frames.ts";
import { sampleBytes } from "./layer_files.ts";

const MAGIC = [0x28, 0xb5, 0x2f, 0xfd];
/** Single segment, one byte of content size: 3. */
const HEADER = [...MAGIC, 0x20, 3];
/** The last block, raw, of three bytes. */
const RAW_BLOCK = [0x19, 0, 0, 1, 2, 3];
/** The last block: one byte, repeated a hundred times. */
const RUN_BLOCK = [0x23, 0x03, 0, 7];
const SKIPPABLE = [0x53, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 9, 9];

function parts(bytes: readonly number[], step = bytes.length): number[][] {
  const frames = new ZstdFrames();
  const seen: number[][] = [];
  for (let start = 0; start < bytes.length; start += step) {
    const piece = Uint8Array.from(bytes.slice(start, start + step));
    for (const part of frames.push(piece)) seen.push([...part]);
  }
  frames.end();
  return seen;
}

Deno.test("push() yields header and blocks, and leaves out skippable frames", () => {
  const stream = [
    ...SKIPPABLE,
    ...HEADER,
    ...RAW_BLOCK,
    ...SKIPPABLE,
    ...HEADER,
    ...RUN_BLOCK,
    ...SKIPPABLE,
  ];
  const expected = [HEADER, RAW_BLOCK, HEADER, RUN_BLOCK];
  for (const step of [1, 2, 7, 1000]) {
    assert.deepEqual(parts(stream, step), expected);
  }
});

Deno.test("push() yields the checksum by itself", () => {
  const header = [...MAGIC, 0x24, 3];
  const checksum = [10, 20, 30, 40];
  assert.deepEqual(
    parts([...header, ...RAW_BLOCK, ...checksum, ...HEADER, ...RAW_BLOCK]),
    [header, RAW_BLOCK, checksum, HEADER, RAW_BLOCK],
  );
});

Deno.test("push() knows the size of every kind of frame header", () => {
  const sizes: [number, number][] = [
    // Window descriptor only.
    [0x00, 1],
    // Single segment: one byte of content size in place of the window.
    [0x20, 1],
    // Dictionary of 1, 2, 4 bytes.
    [0x01, 2],
    [0x02, 3],
    [0x03, 5],
    // Content size of 2, 4, 8 bytes.
    [0x40, 3],
    [0x80, 5],
    [0xc0, 9],
    // All at once.
    [0xe3, 12],
  ];
  for (const [descriptor, rest] of sizes) {
    const header = [...MAGIC, descriptor, ...Array(rest).fill(1)];
    assert.deepEqual(parts([...header, ...RAW_BLOCK]), [header, RAW_BLOCK]);
  }
});

Deno.test("push() refuses what is not a frame", () => {
  for (
    const junk of [[0, 0, 0, 0], [0x28, 0xb5, 0x2f, 0xfc], [
      0x60,
      0x2a,
      0x4d,
      0x18,
    ]]
  ) {
    assert.throws(() => parts([...HEADER, ...RAW_BLOCK, ...junk]), {
      name: "SyntaxError",
      message: "There is something else between the zstd frames",
    });
  }
});

Deno.test("push() refuses a block of the reserved type, or too large", () => {
  for (const block of [[0x1f, 0, 0], [0x09, 0, 0x10]]) {
    assert.throws(() => parts([...HEADER, ...block]), {
      message: "The zstd data has a malformed block",
    });
  }
});

Deno.test("end() fails at every place inside a frame", () => {
  const stream = [...SKIPPABLE, ...HEADER, ...RAW_BLOCK];
  const whole = [0, SKIPPABLE.length, stream.length];
  for (let length = 0; length <= stream.length; length++) {
    const cut = () => parts(stream.slice(0, length), 3);
    if (whole.includes(length)) cut();
    else {
      assert.throws(cut, { message: "The zstd data ends inside a frame" });
    }
  }
});

Deno.test("push() yields all bytes of what libzstd wrote, however it is cut", () => {
  const stream = Buffer.concat([
    zstdCompressSync(sampleBytes(30_000)),
    zstdCompressSync(new Uint8Array(100_000)),
    zstdCompressSync(new Uint8Array(0)),
  ]);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20_000 }), (step) => {
      const all = parts([...stream], step).flat();
      assert.equal(Buffer.compare(Uint8Array.from(all), stream), 0);
    }),
    { numRuns: 10 },
  );
});
