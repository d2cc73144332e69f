import { strict as assert } from "node:assert";
import { Buffer } from "node:buffer";
import { gunzipSync } from "node:zlib";
import { digestOf } from "../../src/oci/digest.ts";
import {
  encodeLayer,
  type EncodeLayerOptions,
} from "../../src/archive/encoded_layer.ts";
import {
  encodeBlock,
  LAYER_BLOCK_SIZE,
  layerEncoding,
} from "../../src/archive/layer_compression.ts";
import { readAll, sampleBytes } from "./layer_files.ts";

/** Two whole blocks and a short one. */
const SAMPLE = sampleBytes(2 * LAYER_BLOCK_SIZE + 1000);
const FROM_START = { blocks: 0, bytes: 0 };
const GZIP = layerEncoding("gzip");

async function* blocksOf(
  bytes: Uint8Array,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (let start = 0; start < bytes.length; start += LAYER_BLOCK_SIZE) {
    yield bytes.slice(start, start + LAYER_BLOCK_SIZE);
  }
}

function encodeSample(
  options: Partial<EncodeLayerOptions> = {},
  blocks: AsyncIterable<Uint8Array<ArrayBuffer>> = blocksOf(SAMPLE),
): ReadableStream<Uint8Array> {
  const encoding = options.encoding ?? GZIP;
  return encodeLayer(ReadableStream.from(blocks), {
    encoding,
    skip: FROM_START,
    encode: (block) => Promise.resolve(encodeBlock(block, encoding)),
    blocksInFlight: () => 4,
    ...options,
  });
}

// The digests of layers in registries: when one of these changes, every layer
// that was pushed by the version before is pushed again.
Deno.test("encodeLayer() makes the same bytes whichever block is done first", async () => {
  const waiting: (() => void)[] = [];
  const gzip = await readAll(encodeSample({
    encode: (block) => {
      const encoded = encodeBlock(block, GZIP);
      const { promise, resolve } = Promise.withResolvers<typeof encoded>();
      waiting.push(() => resolve(encoded));
      if (waiting.length === 3) {
        for (const done of waiting.reverse()) done();
      }
      return promise;
    },
  }));
  assert.equal(Buffer.compare(gunzipSync(gzip), SAMPLE), 0);
  assert.equal(
    digestOf(gzip),
    "sha256:c12838af3eecb27bfa6ad3b78bc3317c41fd0c8663d7eb60be2f4c347475828b",
  );
  const zstd = encodeSample({ encoding: layerEncoding("zstd") });
  assert.equal(
    digestOf(await readAll(zstd)),
    "sha256:808aa9f75a80a3bf064368cbf749ec13e3dab875bea6475dc4f45b0a585db49c",
  );
});

Deno.test("encodeLayer() holds as many blocks as it is told at the moment", async () => {
  let limit = 2;
  let begun = 0;
  const reader = encodeSample({
    blocksInFlight: () => limit,
    encode: (block) => {
      begun++;
      return Promise.resolve(encodeBlock(block, GZIP));
    },
  }).getReader();
  // The head, and the first block once the second one is under way.
  await reader.read();
  await reader.read();
  assert.equal(begun, 2);
  limit = 1;
  await reader.read();
  assert.equal(begun, 2);
  await reader.cancel();
});

Deno.test("encodeLayer() says in order how long each encoded block is", async () => {
  const blocks: [number, number][] = [];
  const bytes = await readAll(encodeSample({
    onBlock: (index, size) => blocks.push([index, size]),
  }));
  assert.deepEqual(blocks.map(([index]) => index), [0, 1, 2]);
  const sum = blocks.reduce((total, [, size]) => total + size, 0);
  // Behind the blocks stand an empty one and the trailer.
  assert.equal(sum, bytes.length - 10);
});

Deno.test("encodeLayer() goes on anywhere, and encodes no block that is skipped", async () => {
  for (const compression of ["gzip", "zstd"] as const) {
    const encoding = layerEncoding(compression);
    const ends: number[] = [];
    const onBlock = (index: number, size: number) => {
      ends[index] = (ends[index - 1] ?? 0) + size;
    };
    const bytes = await readAll(encodeSample({ encoding, onBlock }));
    const [first = 0] = ends;
    for (const offset of [3, first - 1, first, first + 9, bytes.length]) {
      const rest = bytes.subarray(offset);
      const skip = { blocks: 0, bytes: offset };
      const dropped = await readAll(encodeSample({ encoding, skip }));
      assert.equal(Buffer.compare(dropped, rest), 0);
      if (offset < first) continue;
      const blocks: number[] = [];
      const skipped = await readAll(encodeSample({
        encoding,
        skip: { blocks: 1, bytes: offset - first },
        onBlock: (index) => blocks.push(index),
      }));
      assert.equal(Buffer.compare(skipped, rest), 0);
      assert.deepEqual(blocks, [1, 2]);
    }
  }
});

Deno.test("encodeLayer() makes a valid stream of nothing", async () => {
  const gzip = await readAll(encodeSample({}, blocksOf(new Uint8Array(0))));
  assert.equal(gunzipSync(gzip).length, 0);
});

async function* damagedBlocks(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  yield* blocksOf(SAMPLE);
  throw new Error("Damaged");
}

Deno.test("encodeLayer() keeps the last bytes back when the blocks fail", async () => {
  for (const compression of ["gzip", "zstd"] as const) {
    const encoding = layerEncoding(compression);
    const whole = await readAll(encodeSample({ encoding }));
    let size = 0;
    await assert.rejects(async () => {
      for await (const part of encodeSample({ encoding }, damagedBlocks())) {
        size += part.length;
      }
    }, { message: "Damaged" });
    assert.ok(size < whole.length, `${compression}: ${size}`);
  }
});

Deno.test("encodeLayer() fails where a block cannot be encoded, and reads no more", async () => {
  let ended = false;
  async function* blocks() {
    try {
      for (let count = 0; count < 100; count++) {
        yield SAMPLE.slice(0, LAYER_BLOCK_SIZE);
      }
    } finally {
      ended = true;
    }
  }
  const encode = () => Promise.reject(new Error("Cannot encode"));
  await assert.rejects(readAll(encodeSample({ encode }, blocks())), {
    message: "Cannot encode",
  });
  assert.equal(ended, true);
});

Deno.test("encodeLayer() has no more than four blocks encoded at once", async () => {
  let running = 0;
  let most = 0;
  const encode = async (block: Uint8Array<ArrayBuffer>) => {
    most = Math.max(most, ++running);
    // One turn of the event loop, in which all are started that can be.
    await new Promise((resolve) => setTimeout(resolve, 0));
    running--;
    return block;
  };
  const bytes = new Uint8Array(9 * LAYER_BLOCK_SIZE);
  await readAll(encodeSample({ encode }, blocksOf(bytes)));
  assert.equal(most, 4);
});
