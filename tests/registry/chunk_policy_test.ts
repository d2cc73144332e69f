import { strict as assert } from "node:assert";
import { ChunkPolicy } from "../../src/registry/chunk_policy.ts";

Deno.test("ChunkPolicy begins with chunks of 4 MiB", () => {
  const policy = new ChunkPolicy();
  assert.equal(policy.size, 4_194_304);
  assert.equal(policy.streamed, false);
});

Deno.test("ChunkPolicy halves chunks down to 256 KiB", () => {
  const policy = new ChunkPolicy({ chunkSize: 1_048_576 });
  assert.equal(policy.shrink(1_048_576), true);
  assert.equal(policy.size, 524_288);
  assert.equal(policy.shrink(524_288), true);
  assert.equal(policy.size, 262_144);
  assert.equal(policy.shrink(262_144), false);
  assert.equal(policy.size, 262_144);
});

Deno.test("ChunkPolicy halves once for several refusals of one size", () => {
  const policy = new ChunkPolicy({ chunkSize: 2_097_152 });
  assert.equal(policy.shrink(2_097_152), true);
  assert.equal(policy.shrink(2_097_152), true);
  assert.equal(policy.size, 1_048_576);
});

Deno.test("ChunkPolicy remembers that a registry knows no chunks", () => {
  const policy = new ChunkPolicy();
  policy.giveUpChunks();
  assert.equal(policy.streamed, true);
});

Deno.test("ChunkPolicy rejects a chunk size that is none", () => {
  for (const chunkSize of [0, -1, 1.5, NaN]) {
    assert.throws(() => new ChunkPolicy({ chunkSize }), RangeError);
  }
});
