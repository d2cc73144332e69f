import { strict as assert } from "node:assert";
import { planImage } from "../../src/content/copy_plan.ts";
import { readManifestTree } from "../../src/content/manifest_tree.ts";
import type { Descriptor } from "../../src/oci/descriptor.ts";
import type { Digest } from "../../src/oci/digest.ts";
import {
  openRegistrySource,
  type ReadableRepository,
} from "../../src/registry/registry_source.ts";
import {
  buildImage,
  buildIndex,
  type BuiltContent,
} from "../support/images.ts";

/** A repository in memory that writes down what it is asked. */
class MemoryRepository implements ReadableRepository {
  readonly location = "cool/app";
  readonly asked: string[] = [];
  readonly #tags = new Map<string, Digest>();
  readonly #manifests = new Map<string, BuiltContent>();
  readonly #referrers: [Digest, Descriptor][] = [];
  readonly #blobs = new Map<Digest, Uint8Array<ArrayBuffer>>();

  add(content: BuiltContent, ...tags: string[]): this {
    for (const tag of tags) this.#tags.set(tag, content.descriptor.digest);
    this.#manifests.set(content.descriptor.digest, content);
    for (const [digest, bytes] of content.blobs) this.#blobs.set(digest, bytes);
    return this;
  }

  addReferrer(subject: BuiltContent, content: BuiltContent): this {
    this.#referrers.push([subject.descriptor.digest, content.descriptor]);
    return this.add(content);
  }

  fetchManifest(reference: string) {
    this.asked.push(`manifest ${reference}`);
    const digest = this.#tags.get(reference) ?? reference;
    const content = this.#manifests.get(digest);
    return Promise.resolve(
      content && { descriptor: content.descriptor, bytes: content.bytes },
    );
  }

  exists({ digest }: Descriptor) {
    this.asked.push(`blob ${digest}`);
    return Promise.resolve(this.#blobs.has(digest));
  }

  open({ digest }: Descriptor, { offset = 0 } = {}) {
    const bytes = this.#blobs.get(digest);
    return Promise.resolve(new Blob([bytes?.subarray(offset) ?? ""]).stream());
  }

  referrers(subject: Digest) {
    this.asked.push(`referrers ${subject}`);
    const found = this.#referrers.filter(([digest]) => digest === subject);
    return Promise.resolve(found.map(([, descriptor]) => descriptor));
  }
}

Deno.test("openRegistrySource() finds images by tag and by digest", async () => {
  const image = buildImage();
  const { digest } = image.descriptor;
  const repository = new MemoryRepository().add(image, "1.2");
  const source = openRegistrySource(repository, {
    references: ["1.2", digest],
  });
  assert.deepEqual(await source.images(), [
    { names: ["cool/app:1.2"], root: image.descriptor },
    { names: [`cool/app@${digest}`], root: image.descriptor },
  ]);
  await source.close();
});

Deno.test("openRegistrySource() says what the registry does not have", async () => {
  const source = openRegistrySource(new MemoryRepository(), {
    references: ["nope"],
  });
  await assert.rejects(source.images(), {
    name: "RegistryError",
    message: 'Cannot fetch "cool/app:nope": the registry does not have it',
    status: 404,
  });
});

Deno.test("openRegistrySource() fetches each manifest once", async () => {
  const arm = buildImage({ platform: { os: "linux", architecture: "arm64" } });
  const [amd, index] = [buildImage(), buildIndex([buildImage(), arm])];
  const repository = new MemoryRepository().add(amd).add(arm).add(index, "1");
  const source = openRegistrySource(repository, { references: ["1"] });
  const [image] = await source.images();
  assert.ok(image);
  const tree = await readManifestTree(source, index.descriptor);
  assert.equal(tree.manifests.length, 2);
  await planImage(source, image);
  const manifests = repository.asked.filter((line) => /^manifest/.test(line));
  assert.deepEqual(manifests, [
    "manifest 1",
    `manifest ${amd.descriptor.digest}`,
    `manifest ${arm.descriptor.digest}`,
  ]);
});

Deno.test("openRegistrySource() tells of platforms that the registry lacks", async () => {
  const arm = buildImage({ platform: { os: "linux", architecture: "arm64" } });
  const index = buildIndex([buildImage(), arm]);
  const repository = new MemoryRepository().add(buildImage()).add(index, "1");
  const source = openRegistrySource(repository, { references: ["1"] });
  assert.equal(await source.has(arm.descriptor), false);
  assert.equal(await source.has(buildImage().descriptor), true);
});

Deno.test("openRegistrySource() opens blobs and manifests from any byte on", async () => {
  const image = buildImage();
  const [layer] = image.layers;
  assert.ok(layer);
  const repository = new MemoryRepository().add(image, "1");
  const source = openRegistrySource(repository, { references: ["1"] });
  const read = async (descriptor: Descriptor, offset?: number) =>
    await new Response(await source.open(descriptor, offset)).bytes();
  assert.deepEqual(await read(layer.descriptor), layer.blob);
  assert.deepEqual(await read(layer.descriptor, 5), layer.blob.slice(5));
  assert.deepEqual(await read(image.descriptor, 3), image.bytes.slice(3));
  await assert.rejects(read(buildIndex([image]).descriptor), {
    message: /^Cannot fetch "cool\/app@sha256:/,
  });
});

Deno.test("openRegistrySource() asks for blobs only where it is told to", async () => {
  const image = buildImage();
  const [layer] = image.layers;
  assert.ok(layer);
  const repository = new MemoryRepository();
  const careless = openRegistrySource(repository, { references: [] });
  assert.equal(await careless.has(layer.descriptor), true);
  assert.deepEqual(repository.asked, []);
  const careful = openRegistrySource(repository, {
    references: [],
    checkBlobs: true,
  });
  assert.equal(await careful.has(layer.descriptor), false);
  assert.deepEqual(repository.asked, [`blob ${layer.descriptor.digest}`]);
});

Deno.test("openRegistrySource() brings referrers, and those of referrers", async () => {
  const image = buildImage();
  const sbom = buildImage({ subject: image.descriptor, layers: [{ s: "" }] });
  const signature = buildImage({
    subject: sbom.descriptor,
    layers: [{ t: "" }],
  });
  const repository = new MemoryRepository().add(image, "1")
    .addReferrer(image, sbom).addReferrer(sbom, signature);
  const source = openRegistrySource(repository, { references: ["1"] });
  const [found] = await source.images();
  assert.ok(found);
  const { referrers } = await planImage(source, found);
  assert.deepEqual(referrers.map(({ descriptor }) => descriptor.digest), [
    sbom.descriptor.digest,
    signature.descriptor.digest,
  ]);
});

Deno.test("openRegistrySource() asks for no referrers where none are wanted", async () => {
  const image = buildImage();
  const repository = new MemoryRepository().add(image, "1");
  const source = openRegistrySource(repository, {
    references: ["1"],
    referrers: false,
  });
  await source.images();
  assert.deepEqual(await source.referrers?.(), []);
  assert.deepEqual(repository.asked, ["manifest 1"]);
});

Deno.test("openRegistrySource() lets its signal end what it opens", async () => {
  const image = buildImage();
  const { signal } = new AbortController();
  const signals: unknown[] = [];
  class WatchedRepository extends MemoryRepository {
    override open(descriptor: Descriptor, options = {}) {
      signals.push(Reflect.get(options, "signal"));
      return super.open(descriptor, options);
    }
  }
  const source = openRegistrySource(new WatchedRepository().add(image, "1"), {
    references: ["1"],
    signal,
  });
  await (await source.open(image.configDescriptor)).cancel();
  assert.deepEqual(signals, [signal]);
});
