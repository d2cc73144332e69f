import { strict as assert } from "node:assert";
import { draftPlainLayers } from "../../src/archive/plain_layers.ts";
import { readManifestTree } from "../../src/content/manifest_tree.ts";
import type { ImageDraft } from "../../src/content/image_source.ts";
import { MediaType } from "../../src/oci/media_type.ts";
import { buildImage, type BuiltImage } from "../support/images.ts";
import { MemorySource } from "../support/memory_store.ts";
import { readAll } from "../support/temp_dir.ts";

async function draft(
  image: BuiltImage,
  source = new MemorySource().add(image),
): Promise<ImageDraft> {
  const tree = await readManifestTree(source, image.descriptor);
  return await draftPlainLayers(source, tree);
}

for (const compression of ["gzip", "zstd", "none"] as const) {
  Deno.test(`draftPlainLayers() unpacks layers that are stored as ${compression}`, async () => {
    const image = buildImage({ compression });
    const { config, platform, layers } = await draft(image);
    assert.deepEqual(config, image.config);
    assert.equal(platform.architecture, "amd64");
    for (const [index, { diffId, content }] of layers.entries()) {
      const built = image.layers[index];
      assert.equal(diffId, built?.diffId);
      assert.equal(content.digest, built?.diffId);
      assert.equal(content.mediaType, MediaType.OCI_LAYER);
      assert.deepEqual(await readAll(await content.open()), built?.tar);
      const rest = await readAll(await content.open(700));
      assert.deepEqual(rest, new Uint8Array(built?.tar.subarray(700) ?? []));
    }
  });
}

Deno.test("draftPlainLayers() fails when a stored layer is not what its digest says", async () => {
  const image = buildImage();
  const source = new MemorySource().add(image);
  const [layer] = image.layers;
  const [, other] = image.layers;
  assert.ok(layer && other);
  source.blobs.set(layer.descriptor.digest, other.blob);
  const { layers: [first] } = await draft(image, source);
  await assert.rejects(
    (async () =>
      await readAll(await first?.content.open() ?? new Blob().stream()))(),
    /the layer sha256:/,
  );
});

Deno.test("draftPlainLayers() refuses a config of another image", async () => {
  const image = buildImage();
  const other = buildImage({ layers: [{ a: "" }] });
  const { descriptor, bytes } = image;
  const text = new TextDecoder().decode(bytes).replace(
    JSON.stringify(image.configDescriptor),
    JSON.stringify(other.configDescriptor),
  );
  const source = new MemorySource().add(image).add(other);
  await assert.rejects(
    draftPlainLayers(source, {
      descriptor,
      bytes: new TextEncoder().encode(text),
      manifests: [],
      blobs: [],
      missing: [],
    }),
    /lists 2 layers, and its config 1$/,
  );
});
