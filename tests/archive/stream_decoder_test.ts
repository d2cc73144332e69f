import { strict as assert } from "node:assert";
import { Buffer } from "node:buffer";
import { constants, gzipSync, zstdCompressSync } from "node:zlib";
import {
  createStreamDecoder,
  releaseOutput,
} from "../../src/archive/stream_decoder.ts";
import { sampleBytes } from "./layer_files.ts";

const SAMPLE = sampleBytes(600_000);
const SHORT = sampleBytes(1000);
const SKIPPABLE = Uint8Array.of(0x5a, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 9, 9);
const STEPS = [1 << 20, 1009, 13];

function zstd(bytes: Uint8Array): Uint8Array {
  return zstdCompressSync(bytes, {
    params: { [constants.ZSTD_c_checksumFlag]: 1 },
  });
}

async function decode(
  format: "gzip" | "zstd",
  bytes: Uint8Array,
  step: number,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  const decoder = createStreamDecoder(format, (part) => parts.push(part));
  try {
    for (let start = 0; start < bytes.length; start += step) {
      await decoder.write(bytes.subarray(start, start + step));
    }
    await decoder.end();
    return Buffer.concat(parts);
  } finally {
    decoder.close();
  }
}

function flipped(bytes: Uint8Array, index: number): Uint8Array {
  const copy = bytes.slice();
  copy[index] = (copy[index] ?? 0) ^ 0xff;
  return copy;
}

Deno.test("createStreamDecoder() reads gzip of several members", async () => {
  const stream = Buffer.concat([
    gzipSync(SHORT),
    gzipSync(SAMPLE),
    gzipSync(SHORT),
  ]);
  const plain = Buffer.concat([SHORT, SAMPLE, SHORT]);
  for (const step of STEPS) {
    assert.equal(Buffer.compare(await decode("gzip", stream, step), plain), 0);
  }
});

Deno.test("createStreamDecoder() reads zstd of several frames, skippable ones between them", async () => {
  const stream = Buffer.concat([
    SKIPPABLE,
    zstd(SHORT),
    SKIPPABLE,
    zstdCompressSync(SAMPLE),
    zstd(new Uint8Array(0)),
    zstd(SHORT),
    SKIPPABLE,
  ]);
  const plain = Buffer.concat([SHORT, SAMPLE, SHORT]);
  for (const step of STEPS) {
    assert.equal(Buffer.compare(await decode("zstd", stream, step), plain), 0);
  }
});

Deno.test("createStreamDecoder() reads what expands a thousand times", async () => {
  const zeros = new Uint8Array(8_000_000);
  for (
    const [format, stream] of [
      ["gzip", gzipSync(zeros)],
      ["zstd", zstd(zeros)],
    ] as const
  ) {
    const plain = await decode(format, stream, 1 << 20);
    assert.equal(plain.length, zeros.length);
    assert.ok(plain.every((byte) => byte === 0));
  }
});

Deno.test("createStreamDecoder() fails on damage, and the failure can be caught", async () => {
  for (const step of STEPS) {
    const gzip = gzipSync(SAMPLE);
    for (const index of [2, 5000, gzip.length - 6, gzip.length - 1]) {
      await assert.rejects(decode("gzip", flipped(gzip, index), step));
    }
    const frame = zstd(SAMPLE);
    for (const index of [5, 5000, frame.length - 40, frame.length - 1]) {
      await assert.rejects(decode("zstd", flipped(frame, index), step));
    }
  }
});

Deno.test("createStreamDecoder() says of a large zstd window how to read it", async () => {
  // A frame with a window of 2 GiB, and one of a block of a single byte.
  const frame = Uint8Array.of(
    ...[0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8],
    ...[0x09, 0x00, 0x00, 0x61],
  );
  await assert.rejects(decode("zstd", frame, 100), {
    name: "SyntaxError",
    message: /^Its window is larger than 128 MiB, .*: use zstd -d --long=31/,
  });
});

Deno.test("createStreamDecoder() fails when the data is truncated", async () => {
  for (const step of STEPS) {
    const gzip = gzipSync(SHORT);
    const frame = zstd(SHORT);
    for (const missing of [1, 3, 9, 200]) {
      await assert.rejects(decode("gzip", gzip.subarray(0, -missing), step), {
        message: "unexpected end of file",
      });
      await assert.rejects(decode("zstd", frame.subarray(0, -missing), step), {
        message: "The zstd data ends inside a frame",
      });
    }
  }
});

Deno.test("createStreamDecoder() refuses what stands behind the data", async () => {
  for (const step of STEPS) {
    const padded = Buffer.concat([gzipSync(SHORT), new Uint8Array(600)]);
    await assert.rejects(decode("gzip", padded, step), {
      message: "Behind the gzip data stand 600 more bytes",
    });
    const behind = Buffer.concat([zstd(SHORT), new Uint8Array(600)]);
    await assert.rejects(decode("zstd", behind, step), {
      message: "There is something else between the zstd frames",
    });
  }
});

Deno.test("createStreamDecoder() goes on failing after a failure", async () => {
  const decoder = createStreamDecoder("gzip", () => {});
  await assert.rejects(async () => {
    await decoder.write(SHORT);
    await decoder.end();
  });
  await assert.rejects(decoder.write(gzipSync(SHORT)));
  await assert.rejects(decoder.end());
});

Deno.test("releaseOutput() gives back a buffer once its last piece was used", () => {
  const buffer = new ArrayBuffer(10);
  releaseOutput(new Uint8Array(buffer, 0, 4));
  assert.equal(buffer.byteLength, 10);
  releaseOutput(new Uint8Array(buffer, 4, 6));
  assert.equal(buffer.byteLength, 0);
});

Deno.test("releaseOutput() does not disturb a decoder", async () => {
  for (
    const [format, stream] of [
      ["gzip", gzipSync(SAMPLE)],
      ["zstd", zstd(SAMPLE)],
    ] as const
  ) {
    const plain: number[] = [];
    const decoder = createStreamDecoder(format, (part) => {
      for (const byte of part) plain.push(byte);
      releaseOutput(part);
    });
    await decoder.write(stream);
    await decoder.end();
    assert.equal(Buffer.compare(Uint8Array.from(plain), SAMPLE), 0);
  }
});
