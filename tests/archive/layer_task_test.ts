import { strict as assert } from "node:assert";
import { Buffer } from "node:buffer";
import { gunzipSync, gzipSync, zstdCompressSync } from "node:zlib";
import { ContentMismatchError } from "../../src/content/content_mismatch_error.ts";
import { digestOf } from "../../src/oci/digest.ts";
import {
  LAYER_BLOCK_SIZE,
  layerEncoding,
} from "../../src/archive/layer_compression.ts";
import type { LayerJob } from "../../src/archive/layer_protocol.ts";
import { type LayerOutput, runLayerJob } from "../../src/archive/layer_task.ts";
import { sampleBytes, writeLayerFile } from "./layer_files.ts";

/** Two whole blocks and a short one. */
const SAMPLE = sampleBytes(2 * LAYER_BLOCK_SIZE + 1000);
const FROM_START = { blocks: 0, bytes: 0 };

/** `a line of a layer\n`, five hundred times. */
const LINES = Buffer.from("a line of a layer\n".repeat(500));
const LINES_BZIP2 = Buffer.from(
  "QlpoOTFBWSZTWReZe34ABljRgAAQQAAjJZAgIABwQDTTQJqqD1Gmn1IMpB3UgykGUgykHtINUg3SDdIOqQZUg3SDikHtINUg/F3JFOFCQF5l7fg=",
  "base64",
);
const LINES_XZ = Buffer.from(
  "/Td6WFoAAATm1rRGAgAhAQwAAACPmEGc4CMnADtdADCICYbUH0W4I4/1N3lt5GmXY6bvE8qEA801OJB2kmslnA5vx6hbUyWJRQV7uxzyD2KtaY9b/3QRqbZ0AAAHDOOBaMDyJwABV6hGAAAAJD/2LLHEZ/sCAAAAAARZWg==",
  "base64",
);

/** Keeps what comes, in order. */
class KeptOutput implements LayerOutput {
  readonly chunks: Uint8Array[] = [];
  readonly blocks: [number, number][] = [];
  readonly abort = new AbortController();

  get signal(): AbortSignal {
    return this.abort.signal;
  }

  get bytes(): Uint8Array {
    return Buffer.concat(this.chunks);
  }

  send(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    // What is transferred is gone for the sender.
    this.chunks.push(structuredClone(bytes, { transfer: [bytes.buffer] }));
    return Promise.resolve();
  }

  block(index: number, size: number): void {
    this.blocks.push([index, size]);
  }
}

async function run(job: LayerJob, skip = FROM_START): Promise<KeptOutput> {
  const output = new KeptOutput();
  await runLayerJob(job, skip, output);
  return output;
}

Deno.test("runLayerJob() compresses a plain layer, and always to the same bytes", async () => {
  await using layer = await writeLayerFile(SAMPLE);
  const first = await run(layer.job);
  assert.equal(Buffer.compare(gunzipSync(first.bytes), SAMPLE), 0);
  assert.equal(
    digestOf(first.bytes),
    "sha256:c12838af3eecb27bfa6ad3b78bc3317c41fd0c8663d7eb60be2f4c347475828b",
  );
  const zstd = { ...layer.job, encoding: layerEncoding("zstd") };
  assert.equal(
    digestOf((await run(zstd)).bytes),
    "sha256:808aa9f75a80a3bf064368cbf749ec13e3dab875bea6475dc4f45b0a585db49c",
  );
  const none = { ...layer.job, encoding: layerEncoding("none") };
  assert.equal(Buffer.compare((await run(none)).bytes, SAMPLE), 0);
});

Deno.test("runLayerJob() says how long each encoded block is", async () => {
  await using layer = await writeLayerFile(SAMPLE);
  const { bytes, blocks } = await run(layer.job);
  assert.deepEqual(blocks.map(([index]) => index), [0, 1, 2]);
  const sum = blocks.reduce((total, [, size]) => total + size, 0);
  // Behind the blocks stand an empty one and the trailer.
  assert.equal(sum, bytes.length - 10);
});

Deno.test("runLayerJob() goes on anywhere, with blocks skipped or not", async () => {
  await using layer = await writeLayerFile(SAMPLE);
  for (const compression of ["gzip", "zstd", "none"] as const) {
    const job = { ...layer.job, encoding: layerEncoding(compression) };
    const { bytes, blocks } = await run(job);
    const firstEnd = blocks[0]?.[1] ?? 0;
    for (
      const offset of [3, firstEnd - 1, firstEnd, firstEnd + 9, bytes.length]
    ) {
      const rest = bytes.subarray(offset);
      const dropped = await run(job, { blocks: 0, bytes: offset });
      assert.equal(Buffer.compare(dropped.bytes, rest), 0);
      if (offset < firstEnd) continue;
      const skipped = await run(job, { blocks: 1, bytes: offset - firstEnd });
      assert.equal(Buffer.compare(skipped.bytes, rest), 0);
      assert.deepEqual(skipped.blocks.map(([index]) => index), [1, 2]);
    }
  }
});

Deno.test("runLayerJob() sends a compressed layer as it is stored", async () => {
  const cases = [
    ["gzip", gzipSync(SAMPLE)],
    [
      "gzip",
      Buffer.concat([
        gzipSync(SAMPLE.subarray(0, 1000)),
        gzipSync(SAMPLE.subarray(1000)),
      ]),
    ],
    ["zstd", zstdCompressSync(SAMPLE)],
    [
      "zstd",
      Buffer.concat([
        Uint8Array.of(0x50, 0x2a, 0x4d, 0x18, 1, 0, 0, 0, 7),
        zstdCompressSync(SAMPLE.subarray(0, 1000)),
        zstdCompressSync(SAMPLE.subarray(1000)),
      ]),
    ],
  ] as const;
  for (const [format, stored] of cases) {
    await using layer = await writeLayerFile(stored, { plain: SAMPLE });
    const job = { ...layer.job, format };
    const whole = await run(job);
    assert.equal(Buffer.compare(whole.bytes, stored), 0);
    const rest = await run(job, { blocks: 0, bytes: 300_000 });
    assert.equal(Buffer.compare(rest.bytes, stored.subarray(300_000)), 0);
  }
});

Deno.test("runLayerJob() decompresses bzip2 and xz on the way", async () => {
  for (
    const [format, stored] of [
      ["bzip2", LINES_BZIP2],
      ["xz", LINES_XZ],
    ] as const
  ) {
    await using layer = await writeLayerFile(stored, { plain: LINES });
    const { bytes } = await run({ ...layer.job, format });
    assert.equal(Buffer.compare(gunzipSync(bytes), LINES), 0);
  }
});

Deno.test("runLayerJob() sends an empty layer", async () => {
  await using layer = await writeLayerFile(new Uint8Array(0));
  assert.equal(
    layer.job.diffId,
    "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  );
  assert.equal(gunzipSync((await run(layer.job)).bytes).length, 0);
  const none = { ...layer.job, encoding: layerEncoding("none") };
  assert.equal((await run(none)).bytes.length, 0);
});

Deno.test("runLayerJob() hashes with the algorithm of the diffID", async () => {
  const diffId = digestOf(SAMPLE, "sha512");
  await using layer = await writeLayerFile(SAMPLE, { diffId });
  assert.equal(
    Buffer.compare(gunzipSync((await run(layer.job)).bytes), SAMPLE),
    0,
  );
});

Deno.test("runLayerJob() keeps the last bytes back when the diffID is not right", async () => {
  const diffId = digestOf(Uint8Array.of(1));
  const cases = [
    ["plain", SAMPLE, "gzip"],
    ["plain", SAMPLE, "zstd"],
    ["plain", SAMPLE, "none"],
    ["plain", SAMPLE.subarray(0, 1000), "none"],
    ["gzip", gzipSync(SAMPLE), "gzip"],
    ["zstd", zstdCompressSync(SAMPLE), "gzip"],
  ] as const;
  for (const [format, stored, compression] of cases) {
    const encoding = layerEncoding(compression);
    await using right = await writeLayerFile(stored, {
      plain: format === "plain" ? stored : SAMPLE,
    });
    const whole = await run({ ...right.job, format, encoding });
    const output = new KeptOutput();
    await assert.rejects(
      runLayerJob(
        { ...right.job, format, encoding, diffId },
        FROM_START,
        output,
      ),
      (error) =>
        error instanceof ContentMismatchError &&
        error.expected.digest === diffId &&
        error.actual.digest === right.job.diffId,
    );
    const sent = output.bytes.length;
    assert.ok(sent < whole.bytes.length, `${format} ${compression} ${sent}`);
  }
});

Deno.test("runLayerJob() fails on a damaged, truncated or changed layer", async () => {
  const gzip = gzipSync(SAMPLE);
  await using damaged = await writeLayerFile(gzip.subarray(0, -20), {
    plain: SAMPLE,
  });
  await assert.rejects(run({ ...damaged.job, format: "gzip" }), {
    message: "unexpected end of file",
  });
  await using layer = await writeLayerFile(SAMPLE);
  await assert.rejects(run({ ...layer.job, size: SAMPLE.length + 100 }), {
    message: "The file ends 94 bytes too early",
  });
  await Deno.truncate(layer.job.path, 1000);
  await assert.rejects(run(layer.job), {
    message: "The file was changed while it was read",
  });
});

Deno.test("runLayerJob() stops when it is told, while it skips too", async () => {
  await using layer = await writeLayerFile(SAMPLE);
  for (const skip of [FROM_START, { blocks: 3, bytes: 0 }]) {
    const output = new KeptOutput();
    output.abort.abort(new Error("Stopped"));
    await assert.rejects(runLayerJob(layer.job, skip, output), {
      message: "Stopped",
    });
    assert.equal(output.chunks.length, 0);
  }
});
