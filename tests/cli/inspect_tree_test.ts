import { strict as assert } from "node:assert";
import {
  nodesOf,
  type ReadableRepository,
  readSmallBlob,
  readTree,
  treeSize,
} from "../../src/cli/inspect_tree.ts";
import { WorkLimit } from "../../src/content/work_limit.ts";
import { MediaType } from "../../src/oci/media_type.ts";
import {
  buildImage,
  buildIndex,
  type BuiltContent,
  describe,
  toJson,
} from "../support/images.ts";
import { streamOf } from "../support/memory_store.ts";

const IMAGE = buildImage();
const ARM64 = buildImage({ platform: { os: "linux", architecture: "arm64" } });

/** A repository of one content. */
function repositoryOf({ blobs }: BuiltContent): ReadableRepository {
  const byDigest = new Map<string, Uint8Array>(blobs);
  return {
    location: "app",
    fetchManifest: (reference) => {
      const bytes = byDigest.get(reference);
      if (bytes === undefined) return Promise.resolve(undefined);
      const { mediaType } = JSON.parse(new TextDecoder().decode(bytes));
      return Promise.resolve({
        descriptor: describe(bytes, mediaType),
        bytes,
      });
    },
    open: ({ digest }) =>
      Promise.resolve(streamOf(byDigest.get(digest) ?? new Uint8Array())),
  };
}

function read(content: BuiltContent) {
  return readTree(repositoryOf(content), content, {
    limit: new WorkLimit(1),
    signal: new AbortController().signal,
  });
}

Deno.test("readTree() reads an index of indexes, one request at a time", async () => {
  const tree = await read(buildIndex([buildIndex([IMAGE, ARM64]), IMAGE]));
  assert.deepEqual(
    nodesOf(tree).slice(2).map(({ descriptor, config, layers }) => [
      descriptor.digest,
      config?.digest,
      layers.length,
    ]),
    [IMAGE, ARM64, IMAGE].map((image) => [
      image.descriptor.digest,
      image.configDescriptor.digest,
      2,
    ]),
  );
  assert.deepEqual(nodesOf(tree)[2]?.descriptor.platform, {
    os: "linux",
    architecture: "amd64",
  });
});

Deno.test("readTree() lists what the registry does not have", async () => {
  const { digest } = ARM64.descriptor;
  const tree = await read(buildIndex([IMAGE, ARM64], { without: [digest] }));
  assert.equal(tree.manifests.length, 1);
  assert.deepEqual(tree.missing.map((child) => child.digest), [digest]);
});

Deno.test("readTree() knows an artifact, its subject and other types", async () => {
  const artifact = buildImage({
    artifactType: "application/x",
    subject: IMAGE.descriptor,
    annotations: { note: "y" },
  });
  const { artifactType, subject, annotations } = await read(artifact);
  assert.equal(artifactType, "application/x");
  assert.equal(subject?.digest, IMAGE.descriptor.digest);
  assert.deepEqual({ ...annotations }, { note: "y" });
  const bytes = toJson({ schemaVersion: 1 });
  const descriptor = describe(
    bytes,
    "application/vnd.docker.distribution.manifest.v1+prettyjws",
  );
  const old = await read({ descriptor, bytes, blobs: new Map() });
  assert.deepEqual([old.layers, old.manifests, old.config], [
    [],
    [],
    undefined,
  ]);
});

Deno.test("readTree() refuses a malformed manifest and endless nesting", async () => {
  const bytes = toJson({ schemaVersion: 2 });
  const descriptor = describe(bytes, MediaType.OCI_MANIFEST);
  await assert.rejects(read({ descriptor, bytes, blobs: new Map() }), {
    name: "DocumentSyntaxError",
  });
  let index: BuiltContent = IMAGE;
  for (let depth = 0; depth < 10; depth++) index = buildIndex([index]);
  await assert.rejects(read(index), /indexes nest more than 8 levels deep/);
});

Deno.test("treeSize() counts what is shared once", async () => {
  const index = buildIndex([IMAGE, ARM64]);
  const size = [...index.blobs.values()]
    .reduce((sum, { length }) => sum + length, 0);
  assert.equal(treeSize(await read(index)), size);
});

Deno.test("readSmallBlob() verifies what it reads and reads no large blob", async () => {
  const repository = repositoryOf(IMAGE);
  const { configDescriptor, config } = IMAGE;
  const { signal } = new AbortController();
  const bytes = await readSmallBlob(repository, configDescriptor, signal);
  assert.deepEqual(bytes, config);
  const wrong = { ...configDescriptor, digest: IMAGE.descriptor.digest };
  await assert.rejects(readSmallBlob(repository, wrong, signal), {
    name: "ContentMismatchError",
  });
  const large = { ...configDescriptor, size: 5_000_000 };
  await assert.rejects(
    readSmallBlob(repository, large, signal),
    /it has 5000000 bytes, at most 4194304 are read$/,
  );
});
