import { strict as assert } from "node:assert";
import { Buffer } from "node:buffer";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { ContentMismatchError } from "../../src/content/content_mismatch_error.ts";
import { digestOf } from "../../src/oci/digest.ts";
import { LAYER_BLOCK_SIZE } from "../../src/archive/layer_compression.ts";
import type { LayerJob } from "../../src/archive/layer_protocol.ts";
import { type LayerOutput, runLayerJob } from "../../src/archive/layer_task.ts";
import { sampleBytes, writeLayerFile } from "./layer_files.ts";

/** Two whole blocks and a short one. */
const SAMPLE = sampleBytes(2 * LAYER_BLOCK_SIZE + 1000);

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
}

async function run(job: LayerJob, skip = 0): Promise<KeptOutput> {
  const output = new KeptOutput();
  await runLayerJob(job, skip, output);
  return output;
}

Deno.test("runLayerJob() sends a plain layer in blocks", async () => {
  await using layer = await writeLayerFile(SAMPLE);
  const { chunks, bytes } = await run(layer.job);
  assert.deepEqual(chunks.map((chunk) => chunk.length), [
    LAYER_BLOCK_SIZE,
    LAYER_BLOCK_SIZE,
    1000,
  ]);
  assert.equal(Buffer.compare(bytes, SAMPLE), 0);
});

Deno.test("runLayerJob() goes on anywhere", async () => {
  await using layer = await writeLayerFile(SAMPLE);
  const size = LAYER_BLOCK_SIZE;
  for (const skip of [3, size - 1, size, size + 9, SAMPLE.length]) {
    const { bytes } = await run(layer.job, skip);
    assert.equal(Buffer.compare(bytes, SAMPLE.subarray(skip)), 0);
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
    const rest = await run(job, 300_000);
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
    assert.equal(Buffer.compare(bytes, LINES), 0);
  }
});

Deno.test("runLayerJob() sends an empty layer", async () => {
  await using layer = await writeLayerFile(new Uint8Array(0));
  assert.equal(
    layer.job.diffId,
    "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  );
  assert.equal((await run(layer.job)).bytes.length, 0);
});

Deno.test("runLayerJob() hashes with the algorithm of the diffID", async () => {
  const diffId = digestOf(SAMPLE, "sha512");
  await using layer = await writeLayerFile(SAMPLE, { diffId });
  assert.equal(Buffer.compare((await run(layer.job)).bytes, SAMPLE), 0);
});

Deno.test("runLayerJob() keeps the last bytes back when the diffID is not right", async () => {
  const diffId = digestOf(Uint8Array.of(1));
  const cases = [
    ["plain", SAMPLE],
    ["plain", SAMPLE.subarray(0, 1000)],
    ["gzip", gzipSync(SAMPLE)],
    ["zstd", zstdCompressSync(SAMPLE)],
  ] as const;
  for (const [format, stored] of cases) {
    await using right = await writeLayerFile(stored, {
      plain: format === "plain" ? stored : SAMPLE,
    });
    const whole = await run({ ...right.job, format });
    const output = new KeptOutput();
    await assert.rejects(
      runLayerJob({ ...right.job, format, diffId }, 0, output),
      (error) =>
        error instanceof ContentMismatchError &&
        error.expected.digest === diffId &&
        error.actual.digest === right.job.diffId,
    );
    const sent = output.bytes.length;
    assert.ok(sent < whole.bytes.length, `${format} ${sent}`);
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
  for (const skip of [0, SAMPLE.length]) {
    const output = new KeptOutput();
    output.abort.abort(new Error("Stopped"));
    await assert.rejects(runLayerJob(layer.job, skip, output), {
      message: "Stopped",
    });
    assert.equal(output.chunks.length, 0);
  }
});
