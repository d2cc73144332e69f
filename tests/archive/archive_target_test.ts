import { strict as assert } from "node:assert";
import { ArchiveTarget } from "../../src/archive/archive_target.ts";
import type { ArchiveFormat } from "../../src/archive/detect.ts";
import { openDockerArchive } from "../../src/archive/docker_archive.ts";
import { openFileOutput } from "../../src/archive/file_output.ts";
import { openImageArchive } from "../../src/archive/open_archive.ts";
import { StreamOutput } from "../../src/archive/stream_output.ts";
import { planImage } from "../../src/content/copy_plan.ts";
import { ImageCopier } from "../../src/content/image_copier.ts";
import type { ImageSource } from "../../src/content/image_source.ts";
import type { StagedTarget } from "../../src/content/staged_target.ts";
import type { Digest } from "../../src/oci/digest.ts";
import { buildImage, buildIndex, type BuiltLayer } from "../support/images.ts";
import { MemorySource } from "../support/memory_store.ts";
import { concatBytes } from "../support/tar_builder.ts";
import { tempDir } from "../support/temp_dir.ts";

/** Copies all images of a source under their names. */
async function copyAll(
  source: ImageSource,
  target: StagedTarget,
): Promise<readonly string[]> {
  const copier = new ImageCopier(source, { jobs: 3 });
  const outcomes: string[] = [];
  for (const image of await source.images()) {
    const plan = await planImage(source, image);
    const [name = ""] = image.names;
    const destination = { name, tags: image.names };
    const { parts } = await copier.copy(plan, target, destination);
    outcomes.push(...parts.map(({ outcome }) => outcome));
  }
  return outcomes;
}

async function toFile(
  path: string,
  source: ImageSource,
  format: ArchiveFormat = "oci-archive",
): Promise<void> {
  const target = new ArchiveTarget(await openFileOutput(path), format);
  await copyAll(source, target);
  await target.commit();
}

function open(path: string, tempDir: string, format?: ArchiveFormat) {
  return openImageArchive({ path }, {
    tempDir,
    docker: (tar) => openDockerArchive(tar, { compression: "none" }),
    ...format !== undefined && { format },
  });
}

/** A layer that breaks off after some bytes. */
function broken({ blob, descriptor }: BuiltLayer, size: number) {
  return {
    ...descriptor,
    open: () =>
      Promise.resolve(ReadableStream.from((async function* () {
        yield await Promise.resolve(blob.slice(0, size));
        throw new Error("broken");
      })())),
  };
}

function whole({ blob, descriptor }: BuiltLayer) {
  const offsets: number[] = [];
  return {
    ...descriptor,
    offsets,
    open: (offset = 0) => {
      offsets.push(offset);
      return Promise.resolve(ReadableStream.from([blob.slice(offset)]));
    },
  };
}

Deno.test("ArchiveTarget writes an OCI archive that reads back as it was", async () => {
  await using folder = await tempDir();
  const index = buildIndex([
    buildImage(),
    buildImage({ platform: { os: "linux", architecture: "arm64" } }),
  ]);
  const referrer = buildImage({ subject: index.descriptor });
  const source = new MemorySource().add(index, "cool/app:1", "app:2")
    .addReferrer(referrer);
  await toFile(folder.file("a.tar"), source);
  assert.deepEqual(folder.names(), ["a.tar"]);
  const read = await open(folder.file("a.tar"), folder.path);
  const [image] = await read.images();
  assert.deepEqual(image?.names, ["cool/app:1", "app:2"]);
  const referrers = await read.referrers?.() ?? [];
  assert.equal(referrers[0]?.digest, referrer.descriptor.digest);
  for (const [digest, bytes] of [...index.blobs, ...referrer.blobs]) {
    const stream = await read.open({
      mediaType: "",
      digest,
      size: bytes.length,
    });
    assert.deepEqual(await new Response(stream).bytes(), bytes);
  }
  await read.close();
});

Deno.test("ArchiveTarget writes a docker-archive that is an OCI archive too", async () => {
  await using folder = await tempDir();
  const image = buildImage();
  const source = new MemorySource().add(image, "cool/app:1");
  await toFile(folder.file("a.tar"), source, "docker-archive");
  const oci = await open(folder.file("a.tar"), folder.path);
  const [root] = await oci.images();
  assert.ok(root && "digest" in root.root);
  assert.equal(root.root.digest, image.descriptor.digest);
  await oci.close();
  const docker = await open(
    folder.file("a.tar"),
    folder.path,
    "docker-archive",
  );
  const [draft] = await docker.images();
  assert.deepEqual(draft?.names, ["cool/app:1"]);
  assert.ok(draft && "config" in draft.root);
  assert.deepEqual(draft.root.config, image.config);
  await docker.close();
});

Deno.test("ArchiveTarget writes the same bytes for the same images", async () => {
  await using folder = await tempDir();
  for (const name of ["a.tar", "b.tar"]) {
    const source = new MemorySource().add(buildImage(), "app:1");
    await toFile(folder.file(name), source);
  }
  assert.deepEqual(
    await Deno.readFile(folder.file("a.tar")),
    await Deno.readFile(folder.file("b.tar")),
  );
});

Deno.test("ArchiveTarget writes into a stream what it writes into a file", async () => {
  await using folder = await tempDir();
  const source = () => new MemorySource().add(buildImage(), "app:1");
  await toFile(folder.file("a.tar"), source());
  const sent: Uint8Array[] = [];
  const output = new StreamOutput((bytes) => {
    sent.push(bytes.slice());
    return Promise.resolve();
  }, { location: "a pipe", tempDir: folder.path });
  const target = new ArchiveTarget(output, "oci-archive");
  await copyAll(source(), target);
  await target.commit();
  assert.deepEqual(
    concatBytes(sent),
    await Deno.readFile(folder.file("a.tar")),
  );
});

Deno.test("ArchiveTarget writes what images share once", async () => {
  await using folder = await tempDir();
  const shared = { "etc/os-release": "ID=test\n" };
  const source = new MemorySource()
    .add(buildImage({ layers: [shared, { a: "" }] }), "a:1")
    .add(buildImage({ layers: [shared, { b: "" }] }), "b:1");
  const output = await openFileOutput(folder.file("a.tar"));
  const target = new ArchiveTarget(output, "docker-archive");
  const outcomes = await copyAll(source, target);
  await target.commit();
  assert.equal(outcomes.filter((outcome) => outcome === "existing").length, 1);
  const read = await open(folder.file("a.tar"), folder.path, "docker-archive");
  assert.equal((await read.images()).length, 2);
  await read.close();
});

Deno.test("ArchiveTarget puts layers whose digest nobody knows aside first", async () => {
  await using folder = await tempDir();
  const [layer] = buildImage().layers;
  assert.ok(layer);
  const output = await openFileOutput(folder.file("a.tar"));
  const target = new ArchiveTarget(output, "oci-archive");
  const { mediaType } = layer.descriptor;
  const { descriptor, bytesSent } = await target.push({
    mediaType,
    open: () => Promise.resolve(new Blob([layer.blob]).stream()),
  });
  assert.deepEqual(descriptor, layer.descriptor);
  assert.equal(bytesSent, layer.blob.length);
  assert.ok(await target.exists(descriptor));
  assert.deepEqual(folder.names(), [".a.tar.k8scr-draft"]);
  await target.abandon({ keepDrafts: false });
});

Deno.test("ArchiveTarget refuses to go on behind half a blob", async () => {
  await using folder = await tempDir();
  const [first, second] = buildImage().layers;
  assert.ok(first && second);
  const path = folder.file("a.tar");
  const target = new ArchiveTarget(await openFileOutput(path), "oci-archive");
  await assert.rejects(target.push(broken(first, 5)), { message: "broken" });
  const reason = { message: /a blob before this one broke off$/ };
  await assert.rejects(target.push(whole(second)), reason);
  await assert.rejects(target.commit(), reason);
  await target.abandon({ keepDrafts: false });
  assert.deepEqual(folder.names(), []);
});

async function cutOff(path: string, layers: readonly BuiltLayer[]) {
  const [first, second] = layers;
  assert.ok(first && second);
  const target = new ArchiveTarget(await openFileOutput(path), "oci-archive");
  await target.push(whole(first));
  await assert.rejects(target.push(broken(second, 9)), { message: "broken" });
  await target.abandon({ keepDrafts: true });
  const wanted = new Set<Digest>(
    layers.map(({ descriptor }) => descriptor.digest),
  );
  const output = await openFileOutput(path, { wanted });
  return { first, second, target: new ArchiveTarget(output, "oci-archive") };
}

Deno.test("ArchiveTarget goes on with an archive that broke off", async () => {
  await using folder = await tempDir();
  const path = folder.file("a.tar");
  const { first, second, target } = await cutOff(path, buildImage().layers);
  assert.equal((await target.push(whole(first))).outcome, "existing");
  const content = whole(second);
  const { bytesSent } = await target.push(content);
  assert.equal(bytesSent, second.blob.length - 9);
  assert.deepEqual(content.offsets, [9]);
  await target.commit();
  const again = new ArchiveTarget(
    await openFileOutput(folder.file("b.tar")),
    "oci-archive",
  );
  await again.push(whole(first));
  await again.push(whole(second));
  await again.commit();
  assert.deepEqual(
    await Deno.readFile(path),
    await Deno.readFile(folder.file("b.tar")),
  );
});

Deno.test("ArchiveTarget drops the blob that broke off when another comes first", async () => {
  await using folder = await tempDir();
  const path = folder.file("a.tar");
  const layers = buildImage({ layers: [{ a: "" }, { b: "" }, { c: "" }] })
    .layers;
  const { second, target } = await cutOff(path, layers);
  const third = layers[2];
  assert.ok(third);
  await target.push(whole(third));
  assert.equal(
    (await target.push(whole(second))).bytesSent,
    second.blob.length,
  );
  await target.commit();
  const read = await open(path, folder.path);
  for (const { descriptor, blob } of layers) {
    const stream = await read.open(descriptor);
    assert.deepEqual(await new Response(stream).bytes(), blob);
  }
  await read.close();
});

Deno.test("ArchiveTarget keeps the name and the digest of an image without a tag", async () => {
  await using folder = await tempDir();
  const image = buildImage();
  const path = folder.file("a.tar");
  const target = new ArchiveTarget(
    await openFileOutput(path),
    "docker-archive",
  );
  await copyAll(new MemorySource().add(image), target);
  target.list(image.descriptor);
  await target.commit();
  const read = await open(path, folder.path);
  const [only] = await read.images();
  assert.deepEqual(only?.names, []);
  assert.ok(only && "digest" in only.root);
  assert.equal(only.root.digest, image.descriptor.digest);
  await read.close();
});
