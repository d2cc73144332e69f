import { strict as assert } from "node:assert";
import {
  findHeldLayers,
  type HeldLayersOptions,
} from "../../src/cli/engine_layers.ts";
import type {
  ImageTarget,
  LayerQuery,
} from "../../src/content/image_target.ts";
import type { ExportedImage } from "../../src/engine/engine_source.ts";
import type { Descriptor } from "../../src/oci/descriptor.ts";
import { digestOf } from "../../src/oci/digest.ts";
import { MediaType } from "../../src/oci/media_type.ts";
import { MemoryTarget } from "../support/memory_store.ts";

function layer(
  text: string,
  mediaType: string = MediaType.OCI_LAYER,
): Descriptor {
  const bytes = new TextEncoder().encode(text);
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}

const PLAIN = layer("layer");
const PACKED = layer("packed", MediaType.OCI_LAYER_GZIP);
const IMAGE: ExportedImage = {
  names: ["localhost/cool/app:1"],
  diffIds: [PLAIN.digest],
  store: "unpacked",
};

/** A target that can take a compressed layer, and tells what it was asked. */
class KnowingTarget extends MemoryTarget {
  readonly queries: Omit<LayerQuery, "signal">[] = [];
  readonly taken: string[] = [];

  findLayers({ diffIds, tags }: LayerQuery) {
    this.queries.push({ diffIds, tags });
    return Promise.resolve(new Map([[PLAIN.digest, [PACKED]]]));
  }

  reuse(descriptor: Descriptor) {
    this.taken.push(descriptor.digest);
    const isThere = descriptor.digest === PACKED.digest;
    return Promise.resolve(
      isThere
        ? { descriptor, outcome: "existing" as const, bytesSent: 0 }
        : undefined,
    );
  }
}

function find(
  target: ImageTarget,
  image: ExportedImage = IMAGE,
  options: Partial<HeldLayersOptions> = {},
) {
  return findHeldLayers(image, {
    naming: { select: [] },
    encoding: { compression: "gzip", level: 1 },
    reuseLayers: true,
    target: (repository) => {
      assert.equal(repository, "cool/app");
      return target;
    },
    signal: new AbortController().signal,
    ...options,
  });
}

Deno.test("findHeldLayers() takes what holds a layer, compressed as it would be", async () => {
  const target = new KnowingTarget();
  const isHeld = await find(target);
  assert.deepEqual(target.queries, [{ diffIds: [PLAIN.digest], tags: ["1"] }]);
  assert.equal(await isHeld?.(PLAIN), true);
  assert.deepEqual(target.taken, [PACKED.digest]);
  assert.equal(await isHeld?.(layer("other")), false);
  const encoding = { compression: "zstd", level: 1 } as const;
  const isHeldAsZstd = await find(target, IMAGE, { encoding });
  assert.equal(await isHeldAsZstd?.(PLAIN), false);
});

Deno.test("findHeldLayers() looks for the blobs themselves in containerd's store", async () => {
  const target = new KnowingTarget();
  const isHeld = await find(target, { ...IMAGE, store: "containerd" });
  assert.equal(await isHeld?.(PACKED), true);
  assert.equal(await isHeld?.(PLAIN), false);
  assert.deepEqual(target.queries, []);
});

Deno.test("findHeldLayers() looks for plain layers where they are sent so", async () => {
  const target = new MemoryTarget();
  target.blobs.set(PLAIN.digest, new TextEncoder().encode("layer"));
  const encoding = { compression: "none", level: 0 } as const;
  const isHeld = await find(target, IMAGE, { encoding });
  assert.equal(await isHeld?.(PLAIN), true);
  assert.equal(await isHeld?.(PACKED), false);
});

Deno.test("findHeldLayers() knows none where it cannot tell", async () => {
  const target = new KnowingTarget();
  assert.equal(await find(target, { ...IMAGE, store: "unknown" }), undefined);
  const naming = { select: ["cool/app:1"] };
  assert.equal(await find(target, IMAGE, { naming }), undefined);
  assert.equal(await find(target, IMAGE, { reuseLayers: false }), undefined);
  assert.equal(await find(new MemoryTarget()), undefined);
  const names = ["a:1", "b:1"];
  assert.equal(await find(target, { ...IMAGE, names }), undefined);
});
