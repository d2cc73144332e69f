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
  const found = await findReusableLayers(target, layers, {
    reuse: true,
    tags: [],
  });
  assert.deepEqual([...found], [
    [DIFF_ID, { mediaType: MediaType.OCI_LAYER_GZIP, digest: OTHER, size: 2 }],
  ]);
});

Deno.test("findReusableLayers() does not ask for layers whose digest is known", async () => {
  const target = new KnowingTarget(blob(MediaType.OCI_LAYER, 1));
  const layers = [layer(MediaType.OCI_LAYER, DIFF_ID)];
  const found = await findReusableLayers(target, layers, {
    reuse: true,
    tags: [],
  });
  assert.equal(found.size, 0);
  assert.deepEqual(target.asked, []);
});

Deno.test("findReusableLayers() finds nothing in a target that knows no layers", async () => {
  const layers = [layer(MediaType.OCI_LAYER_GZIP)];
  const found = await findReusableLayers(new MemoryTarget(), layers, {
    reuse: true,
    tags: [],
  });
  assert.equal(found.size, 0);
});

Deno.test("findReusableLayers() takes other compressions where they will do, the layer's own first", async () => {
  const zstd = blob(MediaType.OCI_LAYER_ZSTD, 1);
  const gzip = blob(MediaType.DOCKER_LAYER_GZIP, 2);
  const find = async (known: readonly Descriptor[], draft: LayerDraft) => {
    const target = new KnowingTarget(...known);
    const found = await findReusableLayers(target, [draft], {
      reuse: ["gzip", "none"],
      tags: [],
    });
    return found.get(DIFF_ID);
  };
  const plain = layer(MediaType.OCI_LAYER, DIFF_ID);
  assert.deepEqual(await find([zstd, gzip], plain), {
    mediaType: MediaType.OCI_LAYER_GZIP,
    digest: OTHER,
    size: 2,
  });
  assert.equal(await find([zstd], plain), undefined);
  const packed = layer(MediaType.OCI_LAYER_ZSTD);
  assert.deepEqual(await find([gzip, zstd], packed), zstd);
});

Deno.test("findReusableLayers() asks for nothing where nothing will do", async () => {
  const target = new KnowingTarget(blob(MediaType.OCI_LAYER_GZIP, 1));
  const layers = [layer(MediaType.OCI_LAYER_GZIP)];
  const query = { reuse: false, tags: [] };
  assert.equal((await findReusableLayers(target, layers, query)).size, 0);
  assert.deepEqual(target.asked, []);
});
