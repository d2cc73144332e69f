import { strict as assert } from "node:assert";
import { planForDocker } from "../../src/cli/docker_plan.ts";
import { isTree, planImage } from "../../src/content/copy_plan.ts";
import {
  buildImage,
  buildIndex,
  buildManifest,
  type BuiltContent,
} from "../support/images.ts";
import { MemorySource } from "../support/memory_store.ts";

const ARM = { os: "linux", architecture: "arm64" };

async function plan(content: BuiltContent, decompress = false) {
  const source = new MemorySource().add(content, "a:1");
  const [image] = await source.images();
  assert.ok(image);
  const whole = await planImage(source, image);
  return await planForDocker(source, whole, { name: "a:1", decompress });
}

Deno.test("planForDocker() leaves an image of one platform alone", async () => {
  const image = buildImage();
  const { root, notes, referrers } = await plan(image);
  assert.ok(isTree(root));
  assert.equal(root.descriptor.digest, image.descriptor.digest);
  assert.deepEqual([notes, referrers], [[], []]);
});

Deno.test("planForDocker() takes the one platform of an index, and says so", async () => {
  const image = buildImage();
  const attestation = {
    ...buildManifest(image.configDescriptor, []),
    blobs: new Map(),
    platform: { os: "unknown", architecture: "unknown" },
  };
  const bytes = attestation.bytes;
  attestation.blobs.set(attestation.descriptor.digest, bytes);
  const index = buildIndex([
    image,
    {
      ...attestation,
      descriptor: {
        ...attestation.descriptor,
        platform: attestation.platform,
      },
    },
  ]);
  const { root, notes } = await plan(index);
  assert.ok(isTree(root));
  assert.equal(root.descriptor.digest, image.descriptor.digest);
  assert.deepEqual(notes, [
    `a:1 has one platform: the digest is ${image.descriptor.digest}, that of its index is ${index.descriptor.digest}`,
  ]);
});

Deno.test("planForDocker() does not choose between platforms", async () => {
  const index = buildIndex([buildImage(), buildImage({ platform: ARM })]);
  await assert.rejects(plan(index), {
    name: "UsageError",
    message:
      'Cannot write "a:1" as Docker\'s image: it has the platforms linux/amd64, linux/arm64, must have 1',
  });
});

Deno.test("planForDocker() makes a draft of layers that are to be unpacked", async () => {
  const image = buildImage();
  const { root, notes } = await plan(image, true);
  assert.equal(isTree(root), false);
  assert.match(notes[0] ?? "", /^The layers of a:1 are stored as plain tars: /);
});
