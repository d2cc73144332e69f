import { strict as assert } from "node:assert";
import { openOciArchive } from "../../src/archive/oci_archive.ts";
import { openTar } from "../../src/archive/tar_archive.ts";
import { blobPath, buildImage } from "../support/images.ts";
import { indexJson, layoutFiles, writeOciArchive } from "../support/layouts.ts";
import { buildTar } from "../support/tar_builder.ts";
import { readAll, tempDir } from "../support/temp_dir.ts";

const IMAGE = buildImage();
const ENTRIES = [{ content: IMAGE, name: "v1" }];

for (const prefix of ["", "./"]) {
  Deno.test(`openOciArchive() reads entries that start with "${prefix}"`, async () => {
    await using dir = await tempDir();
    const path = dir.file("x.tar");
    await writeOciArchive(path, ENTRIES, { prefix });
    const source = await openOciArchive(await openTar(path));
    assert.equal(source.location, path);
    const [image] = await source.images();
    assert.deepEqual(image?.names, ["v1"]);
    for (const [digest, bytes] of IMAGE.blobs) {
      const descriptor = { mediaType: "any", digest, size: bytes.length };
      assert.equal(await source.has(descriptor), true);
      assert.deepEqual(await readAll(await source.open(descriptor)), bytes);
      assert.deepEqual(
        await readAll(await source.open(descriptor, 9)),
        bytes.slice(9),
      );
    }
    await source.close();
  });
}

for (const prefix of ["", "./"]) {
  Deno.test(`openOciArchive() looks through blobs that start with "${prefix}"`, async () => {
    await using dir = await tempDir();
    const annotations = { kind: "dev.cosignproject.cosign/image" };
    const image = { content: IMAGE, annotations };
    const bundle = buildImage({ layers: [], subject: IMAGE.descriptor });
    const files = layoutFiles([image, { content: bundle }]);
    files.set("index.json", indexJson([image]));
    const items = [...files].map(([name, data]) => ({
      name: prefix + name,
      data,
    }));
    const path = await dir.write("x.tar", buildTar(items));
    const source = await openOciArchive(await openTar(path));
    assert.deepEqual(await source.referrers?.(), [bundle.descriptor]);
    await source.close();
  });
}

Deno.test("openOciArchive() finds blobs that are links", async () => {
  await using dir = await tempDir();
  const [layer] = IMAGE.layers;
  assert(layer !== undefined);
  const { digest } = layer.descriptor;
  const files = [...layoutFiles(ENTRIES)].map(([name, data]) =>
    name === blobPath(digest)
      ? { name: "elsewhere/layer.tar.gz", data }
      : { name, data }
  );
  const link = {
    name: blobPath(digest),
    type: "2",
    linkname: "../../elsewhere/layer.tar.gz",
  };
  const path = await dir.write("x.tar", buildTar([...files, link]));
  const source = await openOciArchive(await openTar(path));
  assert.deepEqual(
    await readAll(await source.open(layer.descriptor)),
    layer.blob,
  );
});

Deno.test("OCI archives may lack blobs", async () => {
  await using dir = await tempDir();
  const { configDescriptor } = IMAGE;
  const path = dir.file("x.tar");
  await writeOciArchive(path, ENTRIES, { without: [configDescriptor.digest] });
  const source = await openOciArchive(await openTar(path));
  assert.equal(await source.has(configDescriptor), false);
  await assert.rejects(
    source.open(configDescriptor),
    /there is no blob blobs\/sha256\//,
  );
});

Deno.test("OCI archives fail where a blob is a link that leads nowhere", async () => {
  await using dir = await tempDir();
  const { configDescriptor } = IMAGE;
  const items = [
    { name: "index.json", data: indexJson(ENTRIES) },
    { name: blobPath(configDescriptor.digest), type: "2", linkname: "gone" },
  ];
  const path = await dir.write("x.tar", buildTar(items));
  const source = await openOciArchive(await openTar(path));
  await assert.rejects(source.has(configDescriptor), {
    name: "ArchiveError",
    entry: blobPath(configDescriptor.digest),
  });
});

Deno.test("openOciArchive() says what is in a tar without index.json", async () => {
  await using dir = await tempDir();
  const items = [{ name: "manifest.json", data: "[]" }, { name: "a\x1b[2J" }];
  const path = await dir.write("x.tar", buildTar(items));
  await assert.rejects(openTar(path).then(openOciArchive), {
    name: "LayoutError",
    message:
      `Cannot read "${path}": it is no OCI image layout: there is no index.json, it holds "manifest.json", "a\\u001b[2J"`,
  });
});
