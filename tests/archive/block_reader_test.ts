import { strict as assert } from "node:assert";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import {
  type BlockSource,
  PieceSource,
  readBlocks,
} from "../../src/archive/block_reader.ts";
import { LAYER_BLOCK_SIZE } from "../../src/archive/layer_compression.ts";
import { sampleBytes } from "./layer_files.ts";

/** Reads as many bytes at a time as it is told, in turn. */
function stutteringSource(bytes: Uint8Array, sizes: number[]): BlockSource {
  let offset = 0;
  let turn = 0;
  return {
    read(buffer) {
      if (offset === bytes.length) return Promise.resolve(null);
      const size = sizes[turn++ % sizes.length] ?? 1;
      const part = bytes.subarray(
        offset,
        offset + Math.min(size, buffer.length),
      );
      buffer.set(part);
      offset += part.length;
      return Promise.resolve(part.length);
    },
  };
}

async function collect(source: BlockSource): Promise<Uint8Array[]> {
  const blocks: Uint8Array[] = [];
  for await (const block of readBlocks(source)) blocks.push(block.slice());
  return blocks;
}

Deno.test("readBlocks() cuts the same blocks however the source is read", async () => {
  const bytes = sampleBytes(2 * LAYER_BLOCK_SIZE + 12345);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 700_000 }), {
        minLength: 1,
        maxLength: 5,
      }).filter((sizes) => Math.max(...sizes) > 4096),
      async (sizes) => {
        const blocks = await collect(stutteringSource(bytes, sizes));
        assert.deepEqual(blocks.map((block) => block.length), [
          LAYER_BLOCK_SIZE,
          LAYER_BLOCK_SIZE,
          12345,
        ]);
        assert.equal(Buffer.compare(Buffer.concat(blocks), bytes), 0);
      },
    ),
    { numRuns: 20 },
  );
});

Deno.test("readBlocks() yields no block for an empty source, and no empty one at a boundary", async () => {
  const sizes = async (size: number) =>
    (await collect(stutteringSource(new Uint8Array(size), [LAYER_BLOCK_SIZE])))
      .map((block) => block.length);
  assert.deepEqual(await sizes(0), []);
  assert.deepEqual(await sizes(LAYER_BLOCK_SIZE), [LAYER_BLOCK_SIZE]);
});

Deno.test("readBlocks() fails when the source fails, and only then", async () => {
  let reads = 0;
  const source: BlockSource = {
    read(buffer) {
      reads++;
      if (reads === 1) return Promise.resolve(buffer.length);
      return Promise.reject(new Error("Cannot read"));
    },
  };
  const blocks = readBlocks(source);
  assert.equal((await blocks.next()).value?.length, LAYER_BLOCK_SIZE);
  await assert.rejects(blocks.next(), /Cannot read/);
});

Deno.test("readBlocks() leaves no failed read behind when it is stopped", async () => {
  let reads = 0;
  const source: BlockSource = {
    read: (buffer) =>
      ++reads === 1
        ? Promise.resolve(buffer.length)
        : Promise.reject(new Error("Cannot read")),
  };
  for await (const block of readBlocks(source)) {
    assert.equal(block.length, LAYER_BLOCK_SIZE);
    // One turn of the event loop, in which a failure would be noticed.
    await new Promise((resolve) => setTimeout(resolve, 0));
    break;
  }
  assert.equal(reads, 2);
});

Deno.test("PieceSource reads pieces of any size, empty ones too", async () => {
  async function* pieces(): AsyncGenerator<Uint8Array> {
    yield Uint8Array.of(1, 2, 3);
    yield new Uint8Array(0);
    yield Uint8Array.of(4);
  }
  const source = new PieceSource(pieces());
  const buffer = new Uint8Array(2);
  const seen: number[][] = [];
  for (
    let size = await source.read(buffer);
    size !== null;
    size = await source.read(buffer)
  ) seen.push([...buffer.subarray(0, size)]);
  assert.deepEqual(seen, [[1, 2], [3], [4]]);
});
