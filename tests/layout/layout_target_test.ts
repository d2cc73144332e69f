import { strict as assert } from "node:assert";
import { join } from "node:path";
import { planImage } from "../../src/content/copy_plan.ts";
import { ImageCopier } from "../../src/content/image_copier.ts";
import type { StagedTarget } from "../../src/content/staged_target.ts";
import { openLayout } from "../../src/layout/layout_source.ts";
import { openLayoutTarget } from "../../src/layout/layout_target.ts";
import { digestEncoded } from "../../src/oci/digest.ts";
import {
  blobPath,
  buildImage,
  buildIndex,
  type BuiltContent,
} from "../support/images.ts";
import { writeLayout } from "../support/layouts.ts";
import { MemorySource } from "../support/memory_store.ts";
import { tempDir } from "../support/temp_dir.ts";

async function write(
  target: StagedTarget,
  content: BuiltContent,
  name: string,
): Promise<readonly string[]> {
  const source = new MemorySource().add(content, name);
  return await writeFrom(source, target, name);
}

/** Copies the one image of a source; returns the outcome of each part. */
async function writeFrom(
  source: MemorySource,
  target: StagedTarget,
  name: string,
): Promise<readonly string[]> {
  const [image] = await source.images();
  assert.ok(image);
  const plan = await planImage(source, image);
  const copier = new ImageCopier(source, { jobs: 1 });
  const { parts } = await copier.copy(plan, target, { name, tags: [name] });
  return parts.map(({ outcome }) => outcome);
}

async function namesIn(directory: string): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(directory)) names.push(name);
  return names.sort();
}

Deno.test("openLayoutTarget() writes a layout that reads back as it was", async () => {
  await using folder = await tempDir();
  const directory = folder.file("new/layout");
  const subject = buildImage();
  const index = buildIndex([
    subject,
    buildImage({ platform: { os: "linux", architecture: "arm64" } }),
  ]);
  const referrer = buildImage({
    subject: index.descriptor,
    layers: [{ s: "" }],
  });
  const target = await openLayoutTarget(directory);
  const source = new MemorySource().add(index, "app:1").addReferrer(referrer);
  await writeFrom(source, target, "app:1");
  await target.commit();
  const read = await openLayout(directory);
  assert.deepEqual(read.warnings, []);
  const [image, ...more] = await read.images();
  assert.deepEqual(image?.names, ["app:1"]);
  assert.deepEqual(more, []);
  const referrers = await read.referrers?.() ?? [];
  assert.deepEqual(referrers.map(({ digest }) => digest), [
    referrer.descriptor.digest,
  ]);
  for (const [digest, bytes] of [...index.blobs, ...referrer.blobs]) {
    assert.deepEqual(
      await Deno.readFile(join(directory, blobPath(digest))),
      bytes,
    );
  }
  await read.close();
  assert.deepEqual(await namesIn(directory), [
    "blobs",
    "index.json",
    "oci-layout",
  ]);
});

Deno.test("openLayoutTarget() adds to a layout, and writes nothing twice", async () => {
  await using folder = await tempDir();
  const old = buildImage();
  await writeLayout(folder.file("l"), [{ content: old, name: "old:1" }]);
  const target = await openLayoutTarget(folder.file("l"));
  const image = buildImage({
    layers: [{ "etc/os-release": "ID=test\n" }, { b: "new" }],
  });
  const outcomes = await write(target, image, "new:1");
  assert.deepEqual(outcomes, ["written", "existing", "written", "uploaded"]);
  await target.commit();
  const source = await openLayout(folder.file("l"));
  const images = await source.images();
  assert.deepEqual(images.map(({ names }) => names), [["old:1"], ["new:1"]]);
  await source.close();
});

Deno.test("openLayoutTarget() moves a name", async () => {
  await using folder = await tempDir();
  const directory = folder.file("l");
  for (const image of [buildImage(), buildImage({ layers: [{ b: "" }] })]) {
    const target = await openLayoutTarget(directory);
    await write(target, image, "app:1");
    await target.commit();
  }
  const source = await openLayout(directory);
  const [image, ...more] = await source.images();
  assert.deepEqual(image?.root, {
    ...buildImage({ layers: [{ b: "" }] }).descriptor,
    annotations: {
      "io.containerd.image.name": "docker.io/library/app:1",
      "org.opencontainers.image.ref.name": "app:1",
    },
  });
  assert.deepEqual(more, []);
  await source.close();
});

Deno.test("openLayoutTarget() replaces a blob that is damaged, and says so", async () => {
  await using folder = await tempDir();
  const directory = folder.file("l");
  const image = buildImage();
  await writeLayout(directory, [{ content: image, name: "app:1" }]);
  const [layer] = image.layers;
  assert.ok(layer);
  const { digest } = layer.descriptor;
  const path = join(directory, blobPath(digest));
  await Deno.writeFile(path, layer.blob.map((byte) => byte ^ 1));
  const warnings: string[] = [];
  const target = await openLayoutTarget(directory, {
    onWarning: (message) => warnings.push(message),
  });
  const outcomes = await write(target, image, "app:1");
  await target.commit();
  assert.deepEqual(outcomes, ["existing", "written", "existing", "existing"]);
  assert.deepEqual(await Deno.readFile(path), layer.blob);
  assert.deepEqual(warnings, [
    `"${directory}" has a damaged ${blobPath(digest)}: it is replaced`,
  ]);
});

Deno.test("openLayoutTarget() goes on with a blob that broke off", async () => {
  await using folder = await tempDir();
  const directory = folder.file("l");
  const [layer] = buildImage().layers;
  assert.ok(layer);
  const { digest, size, mediaType } = layer.descriptor;
  const open = (offset = 0) =>
    Promise.resolve(ReadableStream.from([layer.blob.slice(offset)]));
  const broken = {
    mediaType,
    digest,
    size,
    open: () =>
      Promise.resolve(ReadableStream.from((async function* () {
        yield await Promise.resolve(layer.blob.slice(0, 10));
        throw new Error("broken");
      })())),
  };
  const first = await openLayoutTarget(directory);
  await assert.rejects(first.push(broken), { message: "broken" });
  await first.abandon({ keepDrafts: true });
  const draft = join(".k8scr-drafts", `sha256-${digestEncoded(digest)}`);
  assert.equal((await Deno.stat(join(directory, draft))).size, 10);
  assert.equal((await namesIn(directory)).includes("index.json"), false);
  const second = await openLayoutTarget(directory);
  const result = await second.push({ mediaType, digest, size, open });
  assert.equal(result.bytesSent, size - 10);
  await second.abandon({ keepDrafts: false });
  assert.deepEqual(await namesIn(directory), ["blobs"]);
});

Deno.test("openLayoutTarget() takes content whose digest nobody knows", async () => {
  await using folder = await tempDir();
  const target = await openLayoutTarget(folder.file("l"));
  const [layer] = buildImage().layers;
  assert.ok(layer);
  const { mediaType } = layer.descriptor;
  const { descriptor } = await target.push({
    mediaType,
    open: () => Promise.resolve(new Blob([layer.blob]).stream()),
  });
  assert.deepEqual(descriptor, layer.descriptor);
  assert.ok(await target.exists(descriptor));
  await target.abandon({ keepDrafts: false });
});

Deno.test("openLayoutTarget() shows nothing of a blob that is wrong", async () => {
  await using folder = await tempDir();
  const directory = folder.file("l");
  const target = await openLayoutTarget(directory);
  const [layer] = buildImage().layers;
  assert.ok(layer);
  const open = () => Promise.resolve(new Blob(["something"]).stream());
  await assert.rejects(target.push({ ...layer.descriptor, open }), {
    name: "ContentMismatchError",
  });
  await target.abandon({ keepDrafts: false });
  assert.deepEqual(await namesIn(directory), []);
});

Deno.test("openLayoutTarget() refuses a directory that holds something else", async () => {
  await using folder = await tempDir();
  await folder.write("notes.txt", new Uint8Array(1));
  await assert.rejects(openLayoutTarget(folder.path), {
    name: "LayoutError",
    message:
      `Cannot read "${folder.path}": it is no OCI image layout, and not empty: it holds "notes.txt"`,
  });
  assert.deepEqual(folder.names(), ["notes.txt"]);
});

Deno.test("openLayoutTarget() lets one after the other write", async () => {
  await using folder = await tempDir();
  const directory = folder.file("l");
  const pull = async (name: string) => {
    const target = await openLayoutTarget(directory);
    await write(target, buildImage({ layers: [{ name }] }), `${name}:1`);
    await target.commit();
  };
  await Promise.all(["a", "b", "c"].map(pull));
  const source = await openLayout(directory);
  const names = (await source.images()).flatMap((image) => image.names);
  assert.deepEqual(names.sort(), ["a:1", "b:1", "c:1"]);
  await source.close();
});

Deno.test("openLayoutTarget() gives up a manifest that is not what it is said to be", async () => {
  await using folder = await tempDir();
  const target = await openLayoutTarget(folder.file("l"));
  const { descriptor } = buildImage();
  await assert.rejects(
    target.pushManifest(descriptor, new Uint8Array(descriptor.size)),
    { name: "ContentMismatchError" },
  );
  assert.equal(await target.exists(descriptor), false);
  await target.abandon({ keepDrafts: false });
});
