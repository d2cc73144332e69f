import { strict as assert } from "node:assert";
import { planRegistryImages } from "../../src/cli/registry_images.ts";
import { isTree } from "../../src/content/copy_plan.ts";
import type { Descriptor } from "../../src/oci/descriptor.ts";
import { RegistryError } from "../../src/registry/registry_error.ts";
import { buildImage, type BuiltContent } from "../support/images.ts";

/** A repository of images by tag. */
function repositoryOf(images: Readonly<Record<string, BuiltContent>>) {
  const find = (reference: string) =>
    images[reference] ??
      Object.values(images).find(({ descriptor }) =>
        descriptor.digest === reference
      );
  async function* tags() {
    for (const tag of Object.keys(images)) yield await Promise.resolve(tag);
  }
  return {
    location: "cool/app",
    fetchManifest: (reference: string) => Promise.resolve(find(reference)),
    exists: () => Promise.resolve(true),
    open: ({ digest }: Descriptor) => {
      const bytes = Object.values(images)
        .flatMap(({ blobs }) => [...blobs])
        .find(([key]) => key === digest)?.[1];
      return Promise.resolve(new Blob([bytes ?? ""]).stream());
    },
    referrers: () => Promise.resolve([]),
    tags,
  };
}

const OPTIONS = {
  name: "cool/app",
  referrers: true,
  forDocker: false,
  decompress: false,
  checkBlobs: false,
  onWarning: () => {},
  signal: new AbortController().signal,
};

const IMAGE = buildImage();
const STEM = IMAGE.descriptor.digest.replace(":", "-");
const IMAGES = {
  "1": IMAGE,
  [`${STEM}.sig`]: buildImage({ layers: [{ s: "" }] }),
};
const WANTED = [{ reference: "1", name: "cool/app:1" }];

Deno.test("planRegistryImages() plans what was asked for, and its signatures beside", async () => {
  const [main, signatures, ...more] = await planRegistryImages(
    repositoryOf(IMAGES),
    WANTED,
    OPTIONS,
  );
  assert.deepEqual(more, []);
  const [image] = main?.images ?? [];
  assert.ok(image && isTree(image.plan.root));
  assert.equal(image.plan.root.descriptor.digest, IMAGE.descriptor.digest);
  assert.deepEqual(image.names, ["cool/app:1"]);
  assert.equal(main?.isCompanion, false);
  assert.deepEqual(signatures?.images.map(({ names }) => names), [[
    `cool/app:${STEM}.sig`,
  ]]);
  assert.equal(signatures?.isCompanion, true);
});

Deno.test("planRegistryImages() brings no signature twice, or where none is wanted", async () => {
  const sig = `${STEM}.sig`;
  const both = [...WANTED, { reference: sig, name: `cool/app:${sig}` }];
  const count = async (wanted: typeof WANTED, options: object) =>
    (await planRegistryImages(repositoryOf(IMAGES), wanted, {
      ...OPTIONS,
      ...options,
    })).length;
  assert.equal(await count(both, {}), 1);
  assert.equal(await count(WANTED, { referrers: false }), 1);
  assert.equal(await count(WANTED, { forDocker: true }), 1);
});

Deno.test("planRegistryImages() looks for no platform in signatures", async () => {
  const sig = `${STEM}.sig`;
  const unknown = { os: "unknown", architecture: "unknown" };
  const signature = buildImage({ layers: [{ s: "" }], platform: unknown });
  const repository = repositoryOf({ "1": IMAGE, [sig]: signature });
  const platform = IMAGE.platform;
  const both = [...WANTED, { reference: sig, name: `cool/app:${sig}` }];
  for (const wanted of [WANTED, both]) {
    const batches = await planRegistryImages(repository, wanted, {
      ...OPTIONS,
      platform,
    });
    assert.equal(batches.flatMap(({ images }) => images).length, 2);
  }
});

Deno.test("planRegistryImages() warns when tags cannot be listed", async () => {
  const failure = new RegistryError("Cannot list the tags: denied", {
    method: "GET",
    path: "/v2/cool/app/tags/list",
    status: 403,
  });
  // deno-lint-ignore require-yield
  async function* tags(): AsyncGenerator<string> {
    await Promise.reject(failure);
  }
  const warnings: string[] = [];
  const batches = await planRegistryImages(
    { ...repositoryOf(IMAGES), tags },
    WANTED,
    { ...OPTIONS, onWarning: (message) => warnings.push(message) },
  );
  assert.equal(batches.length, 1);
  assert.deepEqual(warnings, [
    "Signatures under tags of their own stay behind: Cannot list the tags: denied",
  ]);
});
