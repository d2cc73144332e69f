import { strict as assert } from "node:assert";
import { planImage } from "../../src/content/copy_plan.ts";
import {
  describeLeftBehind,
  findCompanions,
} from "../../src/content/image_companions.ts";
import { readManifestTree } from "../../src/content/manifest_tree.ts";
import {
  buildImage,
  buildIndex,
  type BuiltContent,
} from "../support/images.ts";
import { MemorySource } from "../support/memory_store.ts";

const IMAGE = buildImage({ layers: [{ "bin/app": "1" }] });
const OTHER = buildImage({ layers: [{ "bin/app": "2" }] });
const SUBJECT = IMAGE.descriptor.digest;

/** Something that is about an image, each time with other content. */
function about(text: string, subject?: BuiltContent): BuiltContent {
  return buildImage({
    layers: [{ text }],
    ...subject && { subject: subject.descriptor },
  });
}

async function companions(source: MemorySource, content: BuiltContent) {
  const root = await readManifestTree(source, content.descriptor);
  return await findCompanions(source, root);
}

Deno.test("findCompanions() finds referrers, and referrers of these", async () => {
  const signature = about("x", IMAGE);
  const counter = about("y", signature);
  const source = new MemorySource().add(IMAGE, "app:1")
    .addReferrer(counter).addReferrer(about("z", OTHER))
    .addReferrer(signature);
  const { referrers, attachments } = await companions(source, IMAGE);
  assert.deepEqual(
    referrers.map(({ descriptor }) => descriptor.digest),
    [signature.descriptor.digest, counter.descriptor.digest],
  );
  assert.deepEqual(attachments, []);
});

Deno.test("findCompanions() finds attachments of an image, of its children and its referrers", async () => {
  const index = buildIndex([IMAGE]);
  const sbom = about("sbom", index);
  const parts = [index, IMAGE, sbom, OTHER];
  const source = new MemorySource().add(index, "app:1").addReferrer(sbom);
  for (const { descriptor: { digest } } of parts) {
    source.addAttachment(about(digest), { subject: digest, kind: "att" });
  }
  const { attachments } = await companions(source, index);
  assert.deepEqual(
    attachments.map(({ tag }) => tag),
    parts.slice(0, 3).map(({ descriptor }) =>
      `${descriptor.digest.replace(":", "-")}.att`
    ),
  );
});

Deno.test("findCompanions() reads what is about images once for all of them", async () => {
  const source = new MemorySource().add(IMAGE, "app:1").add(OTHER, "app:2")
    .addReferrer(about("x", IMAGE)).addReferrer(about("y", OTHER));
  const opened: string[] = [];
  const open = source.open.bind(source);
  source.open = (descriptor, offset) => {
    opened.push(descriptor.digest);
    return open(descriptor, offset);
  };
  for (const content of [IMAGE, OTHER]) {
    assert.equal((await companions(source, content)).referrers.length, 1);
  }
  assert.equal(opened.length, 4);
});

Deno.test("findCompanions() leaves out what lacks a blob", async () => {
  const signature = buildImage({ layers: [{ s: "1" }] });
  const source = new MemorySource().add(IMAGE, "app:1")
    .addAttachment(signature, { subject: SUBJECT, kind: "sig" });
  source.blobs.delete(signature.layers[0]?.descriptor.digest ?? "");
  assert.deepEqual((await companions(source, IMAGE)).attachments, []);
});

Deno.test("describeLeftBehind() names what goes with no image", async () => {
  const [own, other] = [about("own"), about("other")];
  const source = new MemorySource().add(IMAGE, "app:1").add(OTHER, "app:2")
    .addReferrer(about("r", IMAGE))
    .addAttachment(own, { subject: SUBJECT, kind: "sig" })
    .addAttachment(other, { subject: OTHER.descriptor.digest, kind: "sig" });
  const plans = [];
  for (const image of await source.images()) {
    plans.push(await planImage(source, image));
  }
  assert.equal(await describeLeftBehind(source, plans), undefined);
  assert.equal(
    await describeLeftBehind(source, plans.slice(0, 1)),
    "Signatures or other manifests about images stay behind, because what they are about does not go, or they are not whole: " +
      other.descriptor.digest,
  );
});

Deno.test("describeLeftBehind() shows some of many", async () => {
  const source = new MemorySource().add(IMAGE, "app:1");
  for (const text of ["1", "2", "3", "4", "5"]) {
    source.addReferrer(about(text, OTHER));
  }
  const text = await describeLeftBehind(source, []);
  assert.match(text ?? "", /: (sha256:[0-9a-f]{64}, ){2}\S+ and 2 more$/);
});
