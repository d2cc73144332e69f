import { strict as assert } from "node:assert";
import type { LayerDraft } from "../../src/content/image_source.ts";
import { findReusableLayers } from "../../src/content/layer_reuse.ts";
import type { Descriptor } from "../../src/oci/descriptor.ts";
import { type Digest, digestOf } from "../../src/oci/digest.ts";
import { MediaType } from "../../src/oci/media_type.ts";
import { MemoryTarget } from "../support/memory_store.ts";

const DIFF_ID = digestOf(new TextEncoder().encode("layer"));
const OTHER = digestOf(new TextEncoder().encode("other"));

function layer(mediaType: string, digest?: Digest): LayerDraft {
  const open = () => Promise.reject(new Error("Not to be opened"));
  const content = { mediaType, open, ...digest && { digest } };
  return { diffId: DIFF_ID, storedSize: 5, content };
}

function blob(mediaType: string, size: number): Descriptor {
  return { mediaType, digest: OTHER, size };
}

class KnowingTarget extends MemoryTarget {
  readonly asked: (readonly Digest[])[] = [];
  readonly #known: readonly Descriptor[];

  constructor(...known: readonly Descriptor[]) {
    super();
    this.#known = known;
  }

  findLayers({ diffIds }: { readonly diffIds: readonly Digest[] }) {
    this.asked.push(diffIds);
    return Promise.resolve(new Map([[DIFF_ID, this.#known]]));
  }
}

Deno.test("findReusableLayers() takes a layer that is compressed in the same way", async () => {
  const target = new KnowingTarget(
    blob(MediaType.OCI_LAYER_ZSTD, 1),
    blob(MediaType.DOCKER_LAYER_GZIP, 2),
  );
  const layers = [layer(MediaType.OCI_LAYER_GZIP)];
  const found = await findReusableLayers(target, layers, { tags: [] });
  assert.deepEqual([...found], [
    [DIFF_ID, { mediaType: MediaType.OCI_LAYER_GZIP, digest: OTHER, size: 2 }],
  ]);
});

Deno.test("findReusableLayers() does not ask for layers whose digest is known", async () => {
  const target = new KnowingTarget(blob(MediaType.OCI_LAYER, 1));
  const layers = [layer(MediaType.OCI_LAYER, DIFF_ID)];
  const found = await findReusableLayers(target, layers, { tags: [] });
  assert.equal(found.size, 0);
  assert.deepEqual(target.asked, []);
});

Deno.test("findReusableLayers() finds nothing in a target that knows no layers", async () => {
  const layers = [layer(MediaType.OCI_LAYER_GZIP)];
  const found = await findReusableLayers(new MemoryTarget(), layers, {
    tags: [],
  });
  assert.equal(found.size, 0);
});
