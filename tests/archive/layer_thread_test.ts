import { strict as assert } from "node:assert";
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
  return {
    job,
    skip: { blocks: 0, bytes: 0 },
    location: "image.tar",
    entry: "a/layer.tar",
  };
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

Deno.test("LayerThread tells the blocks that it encoded, and what it has to do", async () => {
  await using layer = await writeLayerFile(SAMPLE);
  await withThread(async (thread) => {
    const blocks: number[] = [];
    const stream = thread.open({
      ...requestFor(layer.job),
      onBlock: (index) => blocks.push(index),
    });
    assert.equal(thread.load, 1);
    await readAll(stream);
    assert.equal(thread.load, 0);
    assert.deepEqual(blocks, [0]);
  });
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
    assert.equal(thread.load, 0);
  });
});
