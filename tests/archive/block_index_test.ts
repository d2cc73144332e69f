import { strict as assert } from "node:assert";
import { BlockIndex } from "../../src/archive/block_index.ts";

function indexOf(...sizes: number[]): BlockIndex {
  const index = new BlockIndex();
  sizes.forEach((size, block) => index.add(block, size));
  return index;
}

Deno.test("skipTo() drops bytes when no block is known", () => {
  assert.deepEqual(new BlockIndex().skipTo(70), { blocks: 0, bytes: 70 });
});

Deno.test("skipTo() skips the blocks that end before the offset, or at it", () => {
  const index = indexOf(100, 50, 50);
  assert.deepEqual(index.skipTo(0), { blocks: 0, bytes: 0 });
  assert.deepEqual(index.skipTo(99), { blocks: 0, bytes: 99 });
  assert.deepEqual(index.skipTo(100), { blocks: 1, bytes: 0 });
  assert.deepEqual(index.skipTo(170), { blocks: 2, bytes: 20 });
  assert.deepEqual(index.skipTo(205), { blocks: 3, bytes: 5 });
});

Deno.test("add() leaves out a block that is known, or behind a gap", () => {
  const index = indexOf(100);
  index.add(0, 7);
  index.add(2, 7);
  assert.deepEqual(index.skipTo(150), { blocks: 1, bytes: 50 });
});

Deno.test("BlockIndex.sourceBytes() tells how far the layer is sent", () => {
  const index = new BlockIndex();
  assert.equal(index.sourceBytes(0), 0);
  index.add(0, 100);
  index.add(1, 300);
  const mebibyte = 1_048_576;
  assert.equal(index.sourceBytes(50), mebibyte / 2);
  assert.equal(index.sourceBytes(100), mebibyte);
  assert.equal(index.sourceBytes(175), 1.25 * mebibyte);
  assert.equal(index.sourceBytes(400), 2 * mebibyte);
});
