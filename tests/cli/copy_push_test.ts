import { strict as assert } from "node:assert";
import { type CopyBatch, planOne } from "../../src/cli/copy_batch.ts";
import { copyToRepository } from "../../src/cli/copy_push.ts";
import type { Reference } from "../../src/oci/reference.ts";
import { buildImage } from "../support/images.ts";
import { MemorySource, MemoryTarget } from "../support/memory_store.ts";

async function batch(
  images: readonly (readonly string[])[],
  isCompanion = false,
): Promise<CopyBatch> {
  const planned = await Promise.all(images.map(async (names, index) => {
    const source = new MemorySource().add(
      buildImage({ layers: [{ index: String(index) }] }),
    );
    const [image] = await source.images();
    assert.ok(image);
    const plan = await planOne(source, image, {
      referrers: true,
      forDocker: false,
      decompress: false,
      name: "a",
    });
    return { source, plan, names };
  }));
  const source = new MemorySource();
  for (const { source: { blobs } } of planned) {
    for (const [digest, bytes] of blobs) source.blobs.set(digest, bytes);
  }
  return { source, images: planned, isCompanion };
}

async function copy(
  batches: readonly CopyBatch[],
  image: Reference,
): Promise<{ tags: string[]; lines: string[] }> {
  const target = new MemoryTarget();
  const pushed = await copyToRepository(batches, target, {
    image,
    jobs: 1,
    display: { onEvent: () => {} },
    io: { signal: new AbortController().signal },
  });
  const lines = pushed.map(({ repository, tags }) =>
    `${repository}:${tags.join()}`
  );
  return { tags: [...target.tags.keys()], lines };
}

Deno.test("copyToRepository() gives one image the tag that was typed", async () => {
  const { tags, lines } = await copy(
    [await batch([["a:1", "a:2"]]), await batch([["a:x.sig"]], true)],
    { repository: "b", tag: "9" },
  );
  assert.deepEqual(tags, ["9", "x.sig"]);
  assert.deepEqual(lines, ["b:9"]);
});

Deno.test("copyToRepository() keeps the tags where none was typed", async () => {
  const images = [["a:1", "other/a:1", "a:2"], ["a:3"], ["a"]];
  const { tags } = await copy([await batch(images)], { repository: "b" });
  assert.deepEqual(tags, ["1", "2", "3", "latest"]);
});

Deno.test("copyToRepository() gives no tag to what has only a digest", async () => {
  const name = `a@sha256:${"a".repeat(64)}`;
  const { tags, lines } = await copy([await batch([[name]])], {
    repository: "b",
  });
  assert.deepEqual(tags, []);
  assert.deepEqual(lines, ["b:"]);
});

Deno.test("copyToRepository() refuses one name for two images before it moves any", async () => {
  const two = await batch([["a:1"], ["c:1"]]);
  await assert.rejects(copy([two], { repository: "b", tag: "9" }), {
    name: "UsageError",
    message: 'Cannot copy 2 images as "b:9": a:1, c:1',
  });
  await assert.rejects(copy([two], { repository: "b" }), {
    message: 'Cannot copy 2 images as "b": a:1, c:1',
  });
});
