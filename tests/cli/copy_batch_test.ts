import { strict as assert } from "node:assert";
import {
  type CopyBatch,
  manifestsIn,
  planOne,
  renamed,
  wantedBlobs,
} from "../../src/cli/copy_batch.ts";
import {
  buildImage,
  buildIndex,
  type BuiltContent,
} from "../support/images.ts";
import { MemorySource } from "../support/memory_store.ts";

const ALL = { referrers: true, forDocker: false, decompress: false, name: "a" };

async function batchOf(
  content: BuiltContent,
  options: {
    isCompanion?: boolean;
    referrers?: BuiltContent[];
    attachments?: BuiltContent[];
  } = {},
): Promise<CopyBatch> {
  const source = new MemorySource().add(content, "a:1");
  for (const referrer of options.referrers ?? []) source.addReferrer(referrer);
  for (const attachment of options.attachments ?? []) {
    const subject = content.descriptor.digest;
    source.addAttachment(attachment, { subject, kind: "sig" });
  }
  const [image] = await source.images();
  assert.ok(image);
  const plan = await planOne(source, image, ALL);
  const isCompanion = options.isCompanion ?? false;
  return { source, images: [{ plan, names: ["a:1"] }], isCompanion };
}

Deno.test("planOne() leaves out what is about an image where it is not wanted", async () => {
  const image = buildImage();
  const subject = image.descriptor.digest;
  const source = new MemorySource().add(image, "a:1")
    .addReferrer(buildImage({ subject: image.descriptor }))
    .addAttachment(buildImage({ layers: [] }), { subject, kind: "sig" });
  const [found] = await source.images();
  assert.ok(found);
  const count = async (referrers: boolean) => {
    const plan = await planOne(source, found, { ...ALL, referrers });
    return plan.referrers.length + plan.attachments.length;
  };
  assert.equal(await count(true), 2);
  assert.equal(await count(false), 0);
});

Deno.test("wantedBlobs() lists what is below images and what is about them", async () => {
  const image = buildImage();
  const signature = buildImage({ layers: [{ s: "" }] });
  const sbom = buildImage({
    subject: image.descriptor,
    layers: [{ b: "" }],
  });
  const blobs = wantedBlobs([
    await batchOf(image, { referrers: [sbom], attachments: [signature] }),
  ]);
  for (const layer of [...signature.layers, ...sbom.layers]) {
    assert.ok(blobs.has(layer.descriptor.digest));
  }
  assert.ok(blobs.has(image.configDescriptor.digest));
  assert.equal(blobs.has(image.descriptor.digest), false);
});

Deno.test("manifestsIn() lists an index and its children", async () => {
  const image = buildImage();
  const index = buildIndex([image]);
  assert.deepEqual(manifestsIn(await batchOf(index)), [
    image.descriptor.digest,
    index.descriptor.digest,
  ]);
});

Deno.test("renamed() renames the image that was asked for, and takes companions along", async () => {
  const main = await batchOf(buildImage());
  const companion = await batchOf(buildImage(), { isCompanion: true });
  const [first, second] = renamed([main, companion], "b:2");
  assert.deepEqual(first?.images[0]?.names, ["b:2"]);
  assert.deepEqual(second?.images[0]?.names, ["b:1"]);
  assert.deepEqual(renamed([main], undefined), [main]);
});

Deno.test("renamed() refuses one name for several images", async () => {
  const batch = await batchOf(buildImage());
  assert.throws(() => renamed([batch, batch], "b:2"), {
    name: "UsageError",
    message: 'Cannot name 2 images "b:2": there must be 1',
  });
});
