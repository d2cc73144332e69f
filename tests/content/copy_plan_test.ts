import { strict as assert } from "node:assert";
import {
  type ImagePlan,
  isTree,
  planImage,
  type PlanOptions,
} from "../../src/content/copy_plan.ts";
import {
  childrenFirst,
  type ManifestNode,
} from "../../src/content/manifest_tree.ts";
import { parseImageIndex } from "../../src/oci/image_index.ts";
import { parsePlatform } from "../../src/oci/platform.ts";
import {
  buildImage,
  buildIndex,
  type BuiltContent,
} from "../support/images.ts";
import { MemorySource } from "../support/memory_store.ts";

const AMD64 = buildImage({ layers: [{ "bin/app": "amd64" }] });
const ARM64 = buildImage({
  platform: parsePlatform("linux/arm64"),
  layers: [{ "bin/app": "arm64" }],
});
const S390X = buildImage({
  platform: parsePlatform("linux/s390x"),
  layers: [{ "bin/app": "s390x" }],
});

async function plan(
  source: MemorySource,
  options?: PlanOptions,
): Promise<ImagePlan> {
  const [image] = await source.images();
  assert.ok(image);
  return await planImage(source, image, options);
}

function tree({ root }: ImagePlan): ManifestNode {
  assert.ok(isTree(root));
  return root;
}

function sparse(index: BuiltContent, ...absent: BuiltContent[]): MemorySource {
  const source = new MemorySource().add(index, "app:1");
  for (const { descriptor } of absent) source.blobs.delete(descriptor.digest);
  return source;
}

Deno.test("planImage() takes a complete index as it is", async () => {
  const index = buildIndex([AMD64, ARM64]);
  const made = await plan(new MemorySource().add(index, "app:1"));
  assert.equal(tree(made).descriptor.digest, index.descriptor.digest);
  assert.equal(tree(made).manifests.length, 2);
  assert.deepEqual(made.notes, []);
});

Deno.test("planImage() reads nested indexes", async () => {
  const outer = buildIndex([buildIndex([buildIndex([AMD64])])]);
  const made = tree(await plan(new MemorySource().add(outer, "app:1")));
  assert.equal(
    made.manifests[0]?.manifests[0]?.manifests[0]?.descriptor.digest,
    AMD64.descriptor.digest,
  );
});

/** Indexes of which each lists the one below ten times: 10^7 images. */
function manyTimes(image: BuiltContent): BuiltContent {
  let index = image;
  for (let depth = 0; depth < 7; depth++) {
    index = buildIndex(Array.from({ length: 10 }, () => index));
  }
  return index;
}

Deno.test("planImage() reads what is listed many times only once", async () => {
  const made = await plan(new MemorySource().add(manyTimes(AMD64), "app:1"));
  const nodes = childrenFirst(tree(made));
  assert.equal(nodes.length, 71);
  assert.equal(nodes[0]?.descriptor.digest, AMD64.descriptor.digest);
  assert.equal(nodes.at(-1), tree(made));
});

Deno.test("planImage() prunes what is listed many times only once", async () => {
  const index = manyTimes(buildIndex([AMD64, ARM64]));
  const made = await plan(sparse(index, ARM64));
  assert.equal(childrenFirst(tree(made)).length, 72);
  assert.equal(made.notes.length, 1);
});

Deno.test("planImage() refuses indexes that nest without end", async () => {
  let index = buildIndex([AMD64]);
  for (let depth = 0; depth < 9; depth++) index = buildIndex([index]);
  await assert.rejects(plan(new MemorySource().add(index, "app:1")), {
    name: "RangeError",
    message: /indexes nest more than 8 levels deep$/,
  });
});

Deno.test("planImage() makes the one platform of a sparse index the root", async () => {
  const index = buildIndex([AMD64, ARM64]);
  const made = await plan(sparse(index, ARM64));
  assert.equal(tree(made).descriptor.digest, AMD64.descriptor.digest);
  assert.deepEqual(made.notes, [
    `Left out, because "memory" does not hold it: linux/arm64; so the digest is ${AMD64.descriptor.digest} instead of ${index.descriptor.digest}`,
  ]);
});

Deno.test("planImage() leaves out a platform whose layer is absent", async () => {
  const source = new MemorySource().add(buildIndex([AMD64, ARM64]), "app:1");
  source.blobs.delete(AMD64.layers[0]?.descriptor.digest ?? "");
  const made = await plan(source);
  assert.equal(tree(made).descriptor.digest, ARM64.descriptor.digest);
});

Deno.test("planImage() writes a sparse index again when several platforms remain", async () => {
  const index = buildIndex([AMD64, ARM64, S390X]);
  const made = await plan(sparse(index, ARM64));
  const written = parseImageIndex(tree(made).bytes, "the index");
  assert.deepEqual(
    written.manifests.map(({ digest }) => digest),
    [AMD64.descriptor.digest, S390X.descriptor.digest],
  );
  assert.notEqual(tree(made).descriptor.digest, index.descriptor.digest);
  assert.equal(made.notes.length, 1);
});

Deno.test("planImage() names every blob that an image lacks", async () => {
  const source = new MemorySource().add(AMD64, "app:1");
  const layer = AMD64.layers[0]?.descriptor;
  source.blobs.delete(layer?.digest ?? "");
  await assert.rejects(plan(source), {
    name: "IncompleteImageError",
    missing: [layer],
    message: new RegExp(`1 of its blobs are not there: ${layer?.digest} `),
  });
});

Deno.test("planImage() with a platform takes its manifest alone", async () => {
  const source = new MemorySource().add(buildIndex([AMD64, ARM64]), "app:1");
  const made = await plan(source, {
    platform: parsePlatform("linux/arm64/v8"),
  });
  assert.equal(tree(made).descriptor.digest, ARM64.descriptor.digest);
  assert.equal(made.notes.length, 1);
});

Deno.test("planImage() reads the platform from the config where nothing else names it", async () => {
  const source = new MemorySource().add(ARM64, "app:1");
  const made = await plan(source, { platform: parsePlatform("linux/arm64") });
  assert.equal(tree(made).descriptor.digest, ARM64.descriptor.digest);
  await assert.rejects(
    plan(source, { platform: parsePlatform("linux/amd64") }),
    {
      name: "PlatformNotFoundError",
      message:
        'Cannot copy linux/amd64 of "memory": the image is for linux/arm64',
    },
  );
});

Deno.test("planImage() refuses a manifest with other bytes than its digest says", async () => {
  const source = new MemorySource().add(AMD64, "app:1");
  const damaged = new Uint8Array(AMD64.bytes);
  damaged[10] = 0x20;
  source.blobs.set(AMD64.descriptor.digest, damaged);
  await assert.rejects(plan(source), { name: "ContentMismatchError" });
});

Deno.test("planImage() takes along what is about what it takes, and no more", async () => {
  const index = buildIndex([AMD64, ARM64]);
  const referrer = buildImage({ subject: index.descriptor });
  const attachment = buildImage({ layers: [{ signature: "x" }] });
  const subject = index.descriptor.digest;
  const source = new MemorySource().add(index, "app:1").addReferrer(referrer)
    .addAttachment(attachment, { subject, kind: "sig" });
  const whole = await plan(source);
  assert.equal(whole.referrers.length, 1);
  assert.equal(whole.attachments.length, 1);
  const one = await plan(source, { platform: parsePlatform("linux/arm64") });
  assert.deepEqual(one.referrers, []);
  assert.deepEqual(one.attachments, []);
});

Deno.test("planImage() refuses a root that is no manifest", async () => {
  const root = { ...AMD64.configDescriptor, mediaType: "text/plain" };
  const source = new MemorySource();
  await assert.rejects(planImage(source, { names: [], root }), {
    message: /its media type "text\/plain" is neither a manifest nor an index$/,
  });
});
