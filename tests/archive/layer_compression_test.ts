import { strict as assert } from "node:assert";
import { Buffer } from "node:buffer";
import { gunzipSync } from "node:zlib";
import { digestOf } from "../../src/oci/digest.ts";
import {
  createLayerEncoder,
  encodeBlock,
  LAYER_BLOCK_SIZE,
  type LayerEncoding,
  layerEncoding,
} from "../../src/archive/layer_compression.ts";
import { createStreamDecoder } from "../../src/archive/stream_decoder.ts";
import { sampleBytes } from "./layer_files.ts";

function encode(bytes: Uint8Array, encoding: LayerEncoding): Uint8Array {
  const encoder = createLayerEncoder(encoding);
  const parts: Uint8Array[] = [encoder.head()];
  for (let start = 0; start < bytes.length; start += LAYER_BLOCK_SIZE) {
    const block = bytes.subarray(start, start + LAYER_BLOCK_SIZE);
    encoder.skip(block);
    parts.push(encodeBlock(block, encoding));
  }
  return Buffer.concat([...parts, encoder.tail()]);
}

async function unzstd(bytes: Uint8Array): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  const decoder = createStreamDecoder("zstd", (part) => parts.push(part));
  await decoder.write(bytes);
  await decoder.end();
  return Buffer.concat(parts);
}

/** Three blocks, the last one short. */
const SAMPLE = sampleBytes(2 * LAYER_BLOCK_SIZE + 1000);

Deno.test("layerEncoding() chooses the fastest level", () => {
  assert.deepEqual(layerEncoding("gzip"), { compression: "gzip", level: 1 });
  assert.deepEqual(layerEncoding("zstd"), { compression: "zstd", level: 1 });
  assert.deepEqual(layerEncoding("none"), { compression: "none", level: 0 });
});

Deno.test("layerEncoding() refuses a level that the compression lacks", () => {
  assert.deepEqual(layerEncoding("gzip", 9), { compression: "gzip", level: 9 });
  assert.deepEqual(layerEncoding("zstd", 19).level, 19);
  for (const level of [0, 10, 1.5, -1, NaN]) {
    assert.throws(() => layerEncoding("gzip", level), {
      name: "RangeError",
      message:
        `Cannot use the compression level ${level}: gzip has the levels 1 to 9`,
    });
  }
  assert.throws(() => layerEncoding("zstd", 20), RangeError);
  assert.throws(() => layerEncoding("none", 1), {
    message: "Cannot use the compression level 1: the compression is none",
  });
});

Deno.test("createLayerEncoder() makes gzip of one member that holds the bytes", () => {
  for (const level of [1, 6, 9]) {
    const encoded = encode(SAMPLE, layerEncoding("gzip", level));
    // The one trailer at the end counts all bytes: there is one member.
    assert.equal(Buffer.compare(gunzipSync(encoded), SAMPLE), 0);
    const trailer = Buffer.from(encoded.subarray(-8));
    assert.equal(trailer.readUInt32LE(4), SAMPLE.length);
    assert.ok(encoded.length < SAMPLE.length);
  }
});

Deno.test("createLayerEncoder() writes nothing of this machine into the gzip header", () => {
  const head = (level: number) => [
    ...createLayerEncoder(layerEncoding("gzip", level)).head(),
  ];
  assert.deepEqual(head(1), [31, 139, 8, 0, 0, 0, 0, 0, 4, 255]);
  assert.deepEqual(head(6), [31, 139, 8, 0, 0, 0, 0, 0, 0, 255]);
  assert.deepEqual(head(9), [31, 139, 8, 0, 0, 0, 0, 0, 2, 255]);
});

Deno.test("createLayerEncoder() makes zstd that holds the bytes", async () => {
  for (const level of [1, 3]) {
    const encoded = encode(SAMPLE, layerEncoding("zstd", level));
    assert.equal(Buffer.compare(await unzstd(encoded), SAMPLE), 0);
    assert.ok(encoded.length < SAMPLE.length);
  }
});

Deno.test("createLayerEncoder() leaves the bytes as they are for none", () => {
  const encoded = encode(SAMPLE, layerEncoding("none"));
  assert.equal(Buffer.compare(encoded, SAMPLE), 0);
});

Deno.test("createLayerEncoder() makes a valid stream of nothing", async () => {
  const nothing = new Uint8Array(0);
  const gzip = encode(nothing, layerEncoding("gzip"));
  assert.equal(gunzipSync(gzip).length, 0);
  const zstd = encode(nothing, layerEncoding("zstd"));
  assert.ok(zstd.length > 0);
  assert.equal((await unzstd(zstd)).length, 0);
  assert.equal(encode(nothing, layerEncoding("none")).length, 0);
});

Deno.test("createLayerEncoder() counts more than 4 GiB as gzip does", () => {
  const encoder = createLayerEncoder(layerEncoding("gzip"));
  const block = new Uint8Array(LAYER_BLOCK_SIZE);
  for (let count = 0; count < 4097; count++) encoder.skip(block);
  const tail = Buffer.from(encoder.tail());
  assert.equal(tail.readUInt32LE(6), LAYER_BLOCK_SIZE);
});

Deno.test("createLayerEncoder() takes blocks that do not compress", async () => {
  const noise = new Uint8Array(LAYER_BLOCK_SIZE);
  for (let start = 0; start < noise.length; start += 65536) {
    crypto.getRandomValues(noise.subarray(start, start + 65536));
  }
  const gzip = encode(noise, layerEncoding("gzip"));
  assert.equal(Buffer.compare(gunzipSync(gzip), noise), 0);
  // Stored in pieces of 64 KiB; deflate alone would add 57,000 bytes.
  assert.ok(gzip.length < noise.length + 200);
  const zstd = encode(noise, layerEncoding("zstd"));
  assert.equal(Buffer.compare(await unzstd(zstd), noise), 0);
});

Deno.test("createLayerEncoder() goes on behind skipped blocks with the same bytes", () => {
  for (const compression of ["gzip", "zstd", "none"] as const) {
    const whole = encode(SAMPLE, layerEncoding(compression));
    const encoder = createLayerEncoder(layerEncoding(compression));
    encoder.skip(SAMPLE.subarray(0, LAYER_BLOCK_SIZE));
    encoder.skip(SAMPLE.subarray(LAYER_BLOCK_SIZE, 2 * LAYER_BLOCK_SIZE));
    const last = SAMPLE.subarray(2 * LAYER_BLOCK_SIZE);
    encoder.skip(last);
    const rest = Buffer.concat([
      encodeBlock(last, layerEncoding(compression)),
      encoder.tail(),
    ]);
    assert.equal(Buffer.compare(rest, whole.subarray(-rest.length)), 0);
  }
});

// The digests of layers in registries: when one of these changes, every layer
// that was pushed by the version before is pushed again.
Deno.test("createLayerEncoder() makes the same bytes in every run and runtime", () => {
  assert.equal(
    digestOf(encode(SAMPLE, layerEncoding("gzip"))),
    "sha256:c12838af3eecb27bfa6ad3b78bc3317c41fd0c8663d7eb60be2f4c347475828b",
  );
  assert.equal(
    digestOf(encode(SAMPLE, layerEncoding("zstd"))),
    "sha256:808aa9f75a80a3bf064368cbf749ec13e3dab875bea6475dc4f45b0a585db49c",
  );
});

Deno.test("encodeBlock() makes of a block what stands in the layer", () => {
  const block = SAMPLE.subarray(0, LAYER_BLOCK_SIZE);
  for (const compression of ["gzip", "zstd", "none"] as const) {
    const encoding = layerEncoding(compression);
    const { length } = createLayerEncoder(encoding).head();
    const encoded = encodeBlock(block, encoding);
    const layer = encode(SAMPLE, encoding);
    const there = layer.subarray(length, length + encoded.length);
    assert.equal(Buffer.compare(encoded, there), 0);
  }
});

Deno.test("encodeBlock() returns blocks whose buffers hold nothing else", () => {
  for (const compression of ["gzip", "zstd", "none"] as const) {
    const block = encodeBlock(
      SAMPLE.subarray(0, LAYER_BLOCK_SIZE),
      layerEncoding(compression),
    );
    assert.equal(block.buffer.byteLength, block.length);
  }
});
