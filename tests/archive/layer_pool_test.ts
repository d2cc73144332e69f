import { strict as assert } from "node:assert";
import { Buffer } from "node:buffer";
import { pathToFileURL } from "node:url";
import { gunzipSync, gzipSync, zstdCompressSync } from "node:zlib";
import {
  LAYER_BLOCK_SIZE,
  layerEncoding,
} from "../../src/archive/layer_compression.ts";
import {
  type EncodedLayerRequest,
  LayerPool,
} from "../../src/archive/layer_pool.ts";
import type { LayerJob } from "../../src/archive/layer_protocol.ts";
import { readAll, sampleBytes, writeLayerFile } from "./layer_files.ts";
import { tempDir } from "../support/temp_dir.ts";

const SAMPLE = sampleBytes(LAYER_BLOCK_SIZE + 1000);
/** More blocks than chunks may be in flight. */
const LONG = sampleBytes(8 * LAYER_BLOCK_SIZE);

function requestFor(job: LayerJob): EncodedLayerRequest {
  return {
    job,
    encoding: layerEncoding("gzip"),
    skip: { blocks: 0, bytes: 0 },
    location: "image.tar",
    entry: "a/layer.tar",
  };
}

/** A worker module that has only this text. */
function moduleOf(text: string): URL {
  return new URL(`data:application/javascript,${encodeURIComponent(text)}`);
}

/** Another thread starts only while all encode: here they do for long enough. */
const SLOW_WORKER = `
import ${
  JSON.stringify(import.meta.resolve("../../src/archive/layer_worker.ts"))
};
const { onmessage } = self;
self.onmessage = (event) =>
  event.data.type === "encode"
    ? setTimeout(() => onmessage(event), 200)
    : onmessage(event);
`;

Deno.test("LayerPool starts no thread before there is a layer", () => {
  const pool = new LayerPool({ workers: 2 });
  assert.equal(pool.threads, 0);
  pool.close();
});

Deno.test("LayerPool refuses a number of threads that is none", () => {
  for (const workers of [0, -1, 1.5]) {
    assert.throws(() => new LayerPool({ workers }), {
      name: "RangeError",
      message:
        `Cannot use ${workers} worker threads: the number must be 1 or more`,
    });
  }
});

Deno.test("LayerPool reads many layers at once with few threads", async () => {
  await using layer = await writeLayerFile(SAMPLE);
  const pool = new LayerPool({ workers: 2 });
  try {
    const all = await Promise.all(
      Array.from(
        { length: 6 },
        () => readAll(pool.open(requestFor(layer.job))),
      ),
    );
    assert.equal(pool.threads, 2);
    for (const bytes of all) {
      assert.equal(Buffer.compare(gunzipSync(bytes), SAMPLE), 0);
    }
  } finally {
    pool.close();
  }
});

Deno.test("LayerPool uses a thread again before it starts another", async () => {
  await using layer = await writeLayerFile(SAMPLE.subarray(0, 1000));
  const pool = new LayerPool({ workers: 2 });
  try {
    await readAll(pool.open(requestFor(layer.job)));
    await readAll(pool.open(requestFor(layer.job)));
    assert.equal(pool.threads, 1);
  } finally {
    pool.close();
  }
});

Deno.test("LayerPool compresses one layer in many threads, to the same bytes", async () => {
  await using layer = await writeLayerFile(LONG);
  await using dir = await tempDir();
  const module = pathToFileURL(
    await dir.write("slow_worker.js", new TextEncoder().encode(SLOW_WORKER)),
  );
  const compressed: Uint8Array[] = [];
  for (const workers of [1, 3]) {
    const pool = new LayerPool({ workers, module });
    try {
      compressed.push(await readAll(pool.open(requestFor(layer.job))));
      assert.equal(pool.threads, workers);
    } finally {
      pool.close();
    }
  }
  const [one = SAMPLE, many = SAMPLE] = compressed;
  assert.equal(Buffer.compare(gunzipSync(one), LONG), 0);
  assert.equal(Buffer.compare(one, many), 0);
});

Deno.test("LayerPool sends layers in gzip and zstd, and for none, as they are", async () => {
  const pool = new LayerPool({ workers: 1 });
  const cases = [
    ["plain", SAMPLE, "none"],
    ["gzip", gzipSync(SAMPLE), "zstd"],
    ["zstd", zstdCompressSync(SAMPLE), "gzip"],
  ] as const;
  try {
    for (const [format, stored, compression] of cases) {
      await using layer = await writeLayerFile(stored, { plain: SAMPLE });
      const request = {
        ...requestFor({ ...layer.job, format }),
        encoding: layerEncoding(compression),
      };
      const bytes = await readAll(pool.open(request));
      assert.equal(Buffer.compare(bytes, stored), 0);
      const skip = { blocks: 0, bytes: 500 };
      const rest = await readAll(pool.open({ ...request, skip }));
      assert.equal(Buffer.compare(rest, stored.subarray(500)), 0);
    }
  } finally {
    pool.close();
  }
});

Deno.test("LayerPool lets no layer wait for one that nobody reads", async () => {
  await using layer = await writeLayerFile(LONG);
  const pool = new LayerPool({ workers: 1 });
  try {
    const idle = pool.open(requestFor(layer.job));
    const bytes = await readAll(pool.open(requestFor(layer.job)));
    assert.equal(Buffer.compare(gunzipSync(bytes), LONG), 0);
    const late = await readAll(idle);
    assert.equal(Buffer.compare(late, bytes), 0);
  } finally {
    pool.close();
  }
});

Deno.test("LayerPool works on after a stream was cancelled", async () => {
  await using layer = await writeLayerFile(LONG);
  const pool = new LayerPool({ workers: 1 });
  try {
    const reader = pool.open(requestFor(layer.job)).getReader();
    assert.equal((await reader.read()).done, false);
    await reader.cancel();
    const bytes = await readAll(pool.open(requestFor(layer.job)));
    assert.equal(Buffer.compare(gunzipSync(bytes), LONG), 0);
  } finally {
    pool.close();
  }
});

Deno.test("LayerPool fails all streams when it is aborted, with the reason", async () => {
  await using layer = await writeLayerFile(LONG);
  const abort = new AbortController();
  const pool = new LayerPool({ workers: 1, signal: abort.signal });
  const first = pool.open(requestFor(layer.job)).getReader();
  const second = pool.open(requestFor(layer.job));
  await first.read();
  abort.abort(new Error("Interrupted"));
  await assert.rejects(first.read(), { message: "Interrupted" });
  await assert.rejects(readAll(second), { message: "Interrupted" });
  assert.throws(() => pool.open(requestFor(layer.job)), {
    message: "Interrupted",
  });
  assert.equal(pool.threads, 0);
  pool.close();
});

Deno.test("LayerPool fails streams that are open when it is closed", async () => {
  await using layer = await writeLayerFile(LONG);
  const pool = new LayerPool({ workers: 1 });
  const stream = pool.open(requestFor(layer.job));
  pool.close();
  await assert.rejects(readAll(stream), {
    message:
      'Cannot read "a/layer.tar" in "image.tar": it was closed meanwhile',
  });
  assert.throws(() => pool.open(requestFor(layer.job)), {
    message: 'Cannot read "a/layer.tar" in "image.tar": it is closed',
  });
});

Deno.test("LayerPool fails the layers of a thread that crashes, and forgets it", async () => {
  await using layer = await writeLayerFile(SAMPLE);
  const pool = new LayerPool({
    workers: 1,
    module: moduleOf("self.onmessage = () => { throw new Error('Broken') }"),
  });
  try {
    await assert.rejects(readAll(pool.open(requestFor(layer.job))), {
      message:
        /^Cannot read "a\/layer\.tar" in "image\.tar": the worker thread failed: .*Broken/,
    });
    // The next layer gets a new one.
    assert.equal(pool.threads, 0);
  } finally {
    pool.close();
  }
});

Deno.test("LayerPool fails when the thread's module cannot be loaded", async () => {
  await using layer = await writeLayerFile(SAMPLE);
  const pool = new LayerPool({ workers: 1, module: moduleOf("syntax error") });
  try {
    await assert.rejects(
      readAll(pool.open(requestFor(layer.job))),
      /the worker thread failed/,
    );
  } finally {
    pool.close();
  }
});
