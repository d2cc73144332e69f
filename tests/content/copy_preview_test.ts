import { strict as assert } from "node:assert";
import { planImage } from "../../src/content/copy_plan.ts";
import { CopyPreview } from "../../src/content/copy_preview.ts";
import type { ImageDraft } from "../../src/content/image_source.ts";
import { digestOf } from "../../src/oci/digest.ts";
import { buildImage, buildIndex } from "../support/images.ts";
import {
  MemorySource,
  MemoryTarget,
  streamOf,
} from "../support/memory_store.ts";

const IMAGE = buildImage({ layers: [{ a: "1" }, { b: "2" }] });

async function planOf(source: MemorySource) {
  const [image] = await source.images();
  assert.ok(image);
  return await planImage(source, image);
}

Deno.test("CopyPreview.preview() tells what is there, what is mounted and what is sent", async () => {
  const source = new MemorySource().add(IMAGE, "app:1");
  const [first, second] = [new MemoryTarget(), new MemoryTarget()];
  const [lower] = IMAGE.layers;
  assert.ok(lower);
  first.blobs.set(lower.descriptor.digest, lower.blob);
  const preview = new CopyPreview();
  const plan = await planOf(source);
  const one = await preview.preview(plan, first);
  const two = await preview.preview(plan, second);
  assert.equal(one.digest, IMAGE.descriptor.digest);
  assert.deepEqual(one.parts.map(({ state }) => state), [
    "send",
    "existing",
    "send",
    "send",
  ]);
  assert.deepEqual(two.parts.map(({ state }) => state), [
    "mount",
    "mount",
    "mount",
    "send",
  ]);
  const asked = [...first.calls, ...second.calls];
  assert.ok(asked.every((call) => call.startsWith("exists")));
});

Deno.test("CopyPreview.preview() looks at what is about an image too", async () => {
  const signature = buildImage({ layers: [{ s: "1" }] });
  const sbom = buildImage({ subject: IMAGE.descriptor });
  const subject = IMAGE.descriptor.digest;
  const source = new MemorySource().add(IMAGE, "app:1").addReferrer(sbom)
    .addAttachment(signature, { subject, kind: "sig" });
  const plan = await planOf(source);
  const preview = await new CopyPreview().preview(plan, new MemoryTarget());
  assert.equal(preview.digest, subject);
  const digests = preview.parts.map(({ digest }) => digest);
  for (const { descriptor } of [signature, sbom]) {
    assert.ok(digests.includes(descriptor.digest));
  }
});

Deno.test("CopyPreview.preview() knows the digest of a draft only when all layers are known", async () => {
  const bytes = new TextEncoder().encode("layer");
  const diffId = digestOf(bytes);
  const mediaType = "application/vnd.oci.image.layer.v1.tar";
  const open = () => Promise.resolve(streamOf(bytes));
  const draft = (known: boolean): ImageDraft => ({
    config: new TextEncoder().encode("{}"),
    platform: { os: "linux", architecture: "amd64" },
    layers: [{
      diffId,
      storedSize: bytes.length,
      content: {
        mediaType,
        open,
        ...known && { digest: diffId, size: bytes.length },
      },
    }],
  });
  const look = (known: boolean) =>
    new CopyPreview().preview(
      { root: draft(known), referrers: [], attachments: [], notes: [] },
      new MemoryTarget(),
    );
  const unknown = await look(false);
  assert.equal(unknown.digest, undefined);
  assert.deepEqual(unknown.parts.at(-1), {
    kind: "layer",
    digest: diffId,
    exact: false,
    size: 5,
    state: "send",
  });
  assert.match((await look(true)).digest ?? "", /^sha256:/);
});

Deno.test("CopyPreview.preview() shows a layer that the target has from elsewhere", async () => {
  const bytes = new TextEncoder().encode("layer");
  const diffId = digestOf(bytes);
  const digest = digestOf(new TextEncoder().encode("elsewhere"));
  const mediaType = "application/vnd.oci.image.layer.v1.tar+gzip";
  class KnowingTarget extends MemoryTarget {
    findLayers() {
      const blob = { mediaType, digest, size: 9 };
      return Promise.resolve(new Map([[diffId, [blob]]]));
    }
  }
  const open = () => Promise.resolve(streamOf(bytes));
  const layer = { diffId, storedSize: 5, content: { mediaType, open } };
  const root: ImageDraft = {
    config: new TextEncoder().encode("{}"),
    platform: { os: "linux", architecture: "amd64" },
    layers: [layer],
  };
  const plan = { root, referrers: [], attachments: [], notes: [] };
  const target = new KnowingTarget();
  const lent = await new CopyPreview().preview(plan, target);
  assert.deepEqual(lent.parts[1], {
    kind: "layer",
    digest,
    exact: true,
    size: 9,
    state: "mount",
  });
  assert.match(lent.digest ?? "", /^sha256:/);
  target.blobs.set(digest, bytes);
  const held = await new CopyPreview().preview(plan, target);
  assert.equal(held.parts[1]?.state, "existing");
  const anew = await new CopyPreview().preview(plan, target, {
    reuseLayers: false,
  });
  assert.equal(anew.parts[1]?.exact, false);
});

Deno.test("CopyPreview.preview() says what the parts of an index are", async () => {
  const content = buildIndex([buildImage({ layers: [{ a: "1" }] })]);
  const plan = await planOf(new MemorySource().add(content, "app:1"));
  const { parts } = await new CopyPreview().preview(plan, new MemoryTarget());
  assert.deepEqual(parts.map(({ kind }) => kind), [
    "config",
    "layer",
    "manifest",
    "index",
  ]);
});
