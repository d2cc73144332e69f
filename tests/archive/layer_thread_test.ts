import { strict as assert } from "node:assert";
import { Buffer } from "node:buffer";
import {
  encodeBlock,
  layerEncoding,
} from "../../src/archive/layer_compression.ts";
import { digestOf } from "../../src/oci/digest.ts";
import type { LayerJob } from "../../src/archive/layer_protocol.ts";
import {
  type LayerRequest,
  LayerThread,
} from "../../src/archive/layer_thread.ts";
import { readAll, sampleBytes, writeLayerFile } from "./layer_files.ts";

const WORKER = new URL("../../src/archive/layer_worker.ts", import.meta.url);
const SAMPLE = sampleBytes(50_000);

function requestFor(job: LayerJob): LayerRequest {
  return { job, location: "image.tar", entry: "a/layer.tar" };
}

async function withThread(
  test: (thread: LayerThread) => Promise<void>,
): Promise<void> {
  const thread = new LayerThread(WORKER, () => assert.fail("It crashed"));
  try {
    await test(thread);
  } finally {
    thread.close(() => new Error("Closed"));
  }
}

Deno.test("LayerThread reads layers and tells how many", async () => {
  await using layer = await writeLayerFile(SAMPLE);
  await withThread(async (thread) => {
    const stream = thread.open(requestFor(layer.job));
    const rest = thread.open(requestFor(layer.job), 40_000);
    assert.equal(thread.layers, 2);
    assert.equal(Buffer.compare(await readAll(stream), SAMPLE), 0);
    assert.equal((await readAll(rest)).length, 10_000);
    assert.equal(thread.layers, 0);
  });
});

Deno.test("LayerThread encodes blocks and tells how many", async () => {
  await using file = await writeLayerFile(SAMPLE);
  const layer = requestFor(file.job);
  await withThread(async (thread) => {
    for (const compression of ["gzip", "zstd"] as const) {
      const encoding = layerEncoding(compression);
      const both = [SAMPLE.slice(), SAMPLE.slice(7)].map((bytes) =>
        thread.encode({ layer, bytes, encoding })
      );
      assert.equal(thread.blocks, 2);
      const [one = SAMPLE, other = SAMPLE] = await Promise.all(both);
      assert.equal(thread.blocks, 0);
      const expected = encodeBlock(SAMPLE, encoding);
      assert.equal(Buffer.compare(one, expected), 0);
      const rest = encodeBlock(SAMPLE.subarray(7), encoding);
      assert.equal(Buffer.compare(other, rest), 0);
    }
  });
});

Deno.test("LayerThread fails the blocks that are not encoded when it ends", async () => {
  await using file = await writeLayerFile(SAMPLE);
  const layer = requestFor(file.job);
  const thread = new LayerThread(WORKER, () => assert.fail("It crashed"));
  const encoded = thread.encode({
    layer,
    bytes: SAMPLE.slice(),
    encoding: layerEncoding("gzip"),
  });
  thread.close(({ entry }) => new Error(`No ${entry}`));
  await assert.rejects(encoded, { message: "No a/layer.tar" });
  assert.equal(thread.blocks, 0);
});

Deno.test("LayerThread fails a layer that lacks its diffID, and only that", async () => {
  await using layer = await writeLayerFile(SAMPLE);
  await withThread(async (thread) => {
    const diffId = digestOf(Uint8Array.of(1));
    const good = readAll(thread.open(requestFor(layer.job)));
    await assert.rejects(
      readAll(thread.open(requestFor({ ...layer.job, diffId }))),
      {
        name: "ContentMismatchError",
        message:
          `Cannot accept the layer "a/layer.tar" in "image.tar": its uncompressed bytes have the digest ${layer.job.diffId}, must have the diffID ${diffId}`,
        expected: { digest: diffId },
        actual: { digest: layer.job.diffId },
      },
    );
    await good;
  });
});

Deno.test("LayerThread fails a layer that cannot be read, with the reason", async () => {
  await using layer = await writeLayerFile(SAMPLE);
  await withThread(async (thread) => {
    await assert.rejects(
      readAll(thread.open(requestFor({ ...layer.job, size: 60_000 }))),
      {
        name: "ArchiveError",
        message:
          'Cannot read "a/layer.tar" in "image.tar": the file ends 9994 bytes too early',
      },
    );
    await assert.rejects(
      readAll(thread.open(requestFor({ ...layer.job, format: "zstd" }))),
      {
        name: "ArchiveError",
        message:
          'Cannot read "a/layer.tar" in "image.tar": there is something else between the zstd frames',
      },
    );
  });
});

Deno.test("LayerThread forgets a layer that is cancelled", async () => {
  await using layer = await writeLayerFile(SAMPLE);
  await withThread(async (thread) => {
    await thread.open(requestFor(layer.job)).cancel();
    assert.equal(thread.layers, 0);
  });
});
