import { strict as assert } from "node:assert";
import { makeForms } from "./support/all_forms.ts";
import { withNamespace } from "./support/cluster.ts";
import type { ExpectedImage } from "./support/expected_images.ts";
import type { ImageForm } from "./support/image_form.ts";
import { pulledDigest } from "./support/pulls.ts";
import { assertDone, push } from "./support/pushes.ts";
import { crane, type ReadImage, readImage } from "./support/readers.ts";
import { type Registry, startRegistry } from "./support/registries.ts";
import { once, Scratch } from "./support/scratch.ts";
import { scriptForms } from "./support/script_images.ts";

const scratch = new Scratch();

/** Whole files that are compressed come to the same as the plain one. */
async function plainForms(folder: string): Promise<ImageForm[]> {
  return (await scriptForms(folder)).slice(0, 1);
}

const allForms = once(() => makeForms(scratch, { script: plainForms }));

Deno.test.afterAll(() => scratch.remove());

Deno.test("every form of image comes back out of a registry as it went in", async (t) => {
  const forms = await allForms();
  await withNamespace("round-trip", async (namespace) => {
    const registry = await startRegistry(namespace);
    for (const form of forms) {
      await t.step(form.title, () => assertRoundTrips(registry, form));
    }
  });
});

async function assertRoundTrips(
  registry: Registry,
  { source, flags = [], images, input }: ImageForm,
): Promise<void> {
  const options = input === undefined ? {} : { input };
  assertDone(await push(registry, [source, ...flags], options));
  for (const image of images) await assertRoundTrip(registry, image);
}

/** Pulls into every form, pushes each again, and compares. */
async function assertRoundTrip(
  registry: Registry,
  { name }: ExpectedImage,
): Promise<void> {
  const before = await readImage(registry, name);
  const path = (form: string) => scratch.path(`back-${form}`);
  for (const [form, word] of [["layout", "oci"], ["oci", "oci-archive"]]) {
    const file = path(form ?? "");
    const digest = await pulledDigest(registry, name, `${word}:${file}`);
    assert.equal(digest, before.digest);
    // The same digest is the same image, down to its last byte.
    assert.equal(await pushAgain(registry, file, name), before.digest);
  }
  const isIndex = await isIndexed(registry, name);
  const platform = isIndex ? ["--platform", "linux/amd64"] : [];
  const target = `docker-archive:${path("docker")}`;
  const one = await pulledDigest(registry, name, target, ...platform);
  if (!isIndex) assert.equal(one, before.digest);
  assert.equal(await pushAgain(registry, path("docker"), name), one);
  // What old readers see of it, and what is stored for the oldest.
  await pushAgain(registry, target, name);
  await assertSameImage(registry, name, before);
  const flags = ["--decompress", ...platform];
  await pulledDigest(registry, name, target, ...flags);
  await pushAgain(registry, target, name);
  await assertSameImage(registry, name, before);
}

/** Pushes under a prefix and returns the digest that is there then. */
async function pushAgain(
  registry: Registry,
  source: string,
  name: string,
): Promise<string> {
  assertDone(await push(registry, [source, "--prefix", "again"]));
  const digest = await crane("digest", `${registry.address}/again/${name}`);
  return digest.trim();
}

async function isIndexed(registry: Registry, name: string): Promise<boolean> {
  const manifest = await crane("manifest", `${registry.address}/${name}`);
  return JSON.parse(manifest).manifests !== undefined;
}

/** The image ID and the layers say that it is the same image. */
async function assertSameImage(
  registry: Registry,
  name: string,
  before: ReadImage,
): Promise<void> {
  const after = await readImage(registry, `again/${name}`);
  assert.equal(after.imageId, before.imageId);
  assert.deepEqual(after.diffIds, before.diffIds);
}
