import { strict as assert } from "node:assert";
import { findUses } from "../../src/cli/remove_tags.ts";
import type { Manifest } from "../../src/registry/manifests.ts";
import { buildImage, buildIndex } from "../support/images.ts";

Deno.test("findUses() finds the tags of a manifest and of the indexes that list it", async () => {
  const image = buildImage();
  const broken = {
    descriptor: buildIndex([]).descriptor,
    bytes: new TextEncoder().encode("{"),
  };
  const manifests: Record<string, Manifest | undefined> = {
    "10": image,
    "9": image,
    all: buildIndex([image]),
    other: buildImage({ layers: [{ b: "2" }] }),
    broken,
    gone: undefined,
  };
  const repository = {
    location: "app",
    fetchManifest: (tag: string) => Promise.resolve(manifests[tag]),
    async *tags() {
      yield* [...Object.keys(manifests), "no/tag"];
      await Promise.resolve();
    },
  };
  const { signal } = new AbortController();
  assert.deepEqual(
    await findUses(repository, image.descriptor.digest, signal),
    { tags: ["9", "10"], indexTags: ["all"] },
  );
});
