import { strict as assert } from "node:assert";
import { LayoutDirectory } from "../../src/layout/layout_directory.ts";
import { readLayoutContent } from "../../src/layout/layout_content.ts";
import { parseImageIndex } from "../../src/oci/image_index.ts";
import { blobPath, buildImage, buildIndex } from "../support/images.ts";
import {
  indexJson,
  type LayoutEntry,
  type LayoutOptions,
  writeLayout,
} from "../support/layouts.ts";
import { toBytes } from "../support/tar_builder.ts";
import { type TempDir, tempDir } from "../support/temp_dir.ts";

const IMAGE = buildImage();
const OTHER = buildImage({ layers: [{ b: "2" }] });
const SIGNATURE = buildImage({ layers: [{ s: "1" }] });
const SIG = `${IMAGE.descriptor.digest.replace(":", "-")}.sig`;

async function read(
  dir: TempDir,
  entries: readonly LayoutEntry[],
  options?: LayoutOptions,
) {
  await writeLayout(dir.path, entries, options);
  const index = parseImageIndex(indexJson(entries), "index.json");
  return await readLayoutContent(new LayoutDirectory(dir.path), index);
}

Deno.test("readLayoutContent() tells referrers from images", async () => {
  await using dir = await tempDir();
  const signature = buildImage({
    layers: [{ s: "1" }],
    subject: IMAGE.descriptor,
  });
  const named = buildImage({ layers: [{ n: "1" }], subject: IMAGE.descriptor });
  const { images, referrers } = await read(dir, [
    { content: IMAGE, name: "1" },
    { content: signature },
    { content: named, name: "sbom" },
  ]);
  assert.deepEqual(images.map(({ names }) => names), [["1"], ["sbom"]]);
  assert.deepEqual(referrers, [signature.descriptor]);
});

Deno.test("readLayoutContent() takes a referrer for an image where there is nothing else", async () => {
  await using dir = await tempDir();
  const signature = buildImage({ subject: OTHER.descriptor });
  const content = await read(dir, [{ content: signature }]);
  assert.deepEqual(content.images, [
    { names: [], root: signature.descriptor },
  ]);
  assert.deepEqual(content.referrers, []);
});

Deno.test("readLayoutContent() leaves the fault of a manifest to whoever copies it", async () => {
  await using dir = await tempDir();
  const entries = [{ content: IMAGE }, { content: OTHER }];
  const without = [OTHER.descriptor.digest];
  await writeLayout(dir.path, entries, { without });
  await dir.write(blobPath(IMAGE.descriptor.digest), toBytes("no JSON"));
  const index = parseImageIndex(indexJson(entries), "index.json");
  const files = new LayoutDirectory(dir.path);
  assert.equal((await readLayoutContent(files, index)).images.length, 2);
});

for (
  const [what, image, signature] of [
    ["in the same repository", "cool/image:1", `cool/image:${SIG}`],
    ["of an image with a digest", "image@sha256:0", `image:${SIG}`],
    ["of an image on a port", "host:5000/image:1", `host:5000/image:${SIG}`],
    ["that is only a tag", "cool/image:1", SIG],
    ["beside another tag", "1.2", SIG],
  ] as const
) {
  Deno.test(`readLayoutContent() knows a signature by its tag, ${what}`, async () => {
    await using dir = await tempDir();
    const { images, attachments } = await read(dir, [
      { content: SIGNATURE, name: signature },
      { content: IMAGE, name: image },
    ]);
    assert.deepEqual(images.map(({ names }) => names), [[image]]);
    assert.deepEqual(
      attachments.map(({ subject, kind, root }) => [
        subject,
        kind,
        root.digest,
      ]),
      [[IMAGE.descriptor.digest, "sig", SIGNATURE.descriptor.digest]],
    );
  });
}

Deno.test("readLayoutContent() knows the signature of a platform's manifest", async () => {
  await using dir = await tempDir();
  const { images, attachments } = await read(dir, [
    { content: buildIndex([IMAGE, OTHER]), name: "app:1" },
    { content: SIGNATURE, name: `app:${SIG}` },
  ]);
  assert.equal(images.length, 1);
  assert.equal(attachments[0]?.subject, IMAGE.descriptor.digest);
});

for (
  const [what, image, names] of [
    ["in another repository", IMAGE, [`signatures:${SIG}`]],
    ["of what is not there", OTHER, [`app:${SIG}`]],
    ["with another name beside", IMAGE, [`app:${SIG}`, "app:signature"]],
  ] as const
) {
  Deno.test(`readLayoutContent() leaves a signature ${what} an image`, async () => {
    await using dir = await tempDir();
    const { images, attachments } = await read(dir, [
      { content: image, name: "app:1" },
      ...names.map((name) => ({ content: SIGNATURE, name })),
    ]);
    assert.equal(images.length, 2);
    assert.deepEqual(attachments, []);
  });
}

/** cosign 3 writes the blobs of such a signature, and no descriptor. */
const BUNDLE = buildImage({
  layers: [{ bundle: "{}" }],
  subject: IMAGE.descriptor,
});

Deno.test("readLayoutContent() finds the signatures that cosign does not list", async () => {
  await using dir = await tempDir();
  const annotations = { kind: "dev.cosignproject.cosign/image" };
  const entries = [{ content: IMAGE, annotations }];
  await writeLayout(dir.path, [...entries, { content: BUNDLE }]);
  const { images, referrers } = await read(dir, entries);
  assert.equal(images.length, 1);
  assert.deepEqual(referrers, [BUNDLE.descriptor]);
});

Deno.test("readLayoutContent() takes only what is listed in other layouts", async () => {
  await using dir = await tempDir();
  const entries = [{ content: IMAGE }];
  await writeLayout(dir.path, [...entries, { content: BUNDLE }]);
  assert.deepEqual((await read(dir, entries)).referrers, []);
});
