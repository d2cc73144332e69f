import { strict as assert } from "node:assert";
import { openLayout } from "../../src/layout/layout_source.ts";
import { parseDigest } from "../../src/oci/digest.ts";
import { DocumentSyntaxError } from "../../src/oci/json_document.ts";
import {
  blobPath,
  buildImage,
  buildIndex,
  describe,
  toJson,
} from "../support/images.ts";
import {
  type LayoutEntry,
  type LayoutOptions,
  writeLayout,
} from "../support/layouts.ts";
import { toBytes } from "../support/tar_builder.ts";
import {
  readAll,
  readText,
  type TempDir,
  tempDir,
} from "../support/temp_dir.ts";

const IMAGE = buildImage();
const OTHER = buildImage({ layers: [{ b: "2" }] });

async function open(
  dir: TempDir,
  entries: readonly LayoutEntry[],
  options?: LayoutOptions,
) {
  await writeLayout(dir.path, entries, options);
  return await openLayout(dir.path);
}

Deno.test("openLayout() lists images as index.json has them", async () => {
  await using dir = await tempDir();
  const index = buildIndex([IMAGE, OTHER]);
  const source = await open(dir, [
    { content: index, name: "docker.io/cool/image:1" },
    { content: IMAGE },
  ]);
  assert.equal(source.location, dir.path);
  assert.deepEqual(source.warnings, []);
  assert.deepEqual(await source.images(), [
    {
      names: ["docker.io/cool/image:1"],
      root: {
        ...index.descriptor,
        annotations: {
          "org.opencontainers.image.ref.name": "docker.io/cool/image:1",
        },
      },
    },
    { names: [], root: IMAGE.descriptor },
  ]);
  assert.deepEqual(await source.referrers?.(), []);
  await source.close();
});

Deno.test("LayoutSource.open() gives the stored bytes from any offset", async () => {
  await using dir = await tempDir();
  const source = await open(dir, [{ content: IMAGE, name: "1" }]);
  for (const [digest, bytes] of IMAGE.blobs) {
    const descriptor = { mediaType: "any", digest, size: bytes.length };
    assert.equal(await source.has(descriptor), true);
    assert.deepEqual(await readAll(await source.open(descriptor)), bytes);
    assert.deepEqual(
      await readAll(await source.open(descriptor, 5)),
      bytes.slice(5),
    );
  }
});

Deno.test("LayoutSource knows which blobs are absent", async () => {
  await using dir = await tempDir();
  const { configDescriptor } = IMAGE;
  const without = [configDescriptor.digest];
  const source = await open(dir, [{ content: IMAGE }], { without });
  assert.equal(await source.has(configDescriptor), false);
  await assert.rejects(source.open(configDescriptor), {
    name: "LayoutError",
    message: `Cannot read "${dir.path}": there is no blob ${
      blobPath(configDescriptor.digest)
    }`,
  });
});

Deno.test("LayoutSource takes content from a descriptor where the blob is absent", async () => {
  await using dir = await tempDir();
  const source = await open(dir, [{ content: IMAGE }]);
  const empty = {
    ...describe(toBytes("{}"), "application/vnd.oci.empty.v1+json"),
    data: "e30=",
  };
  assert.equal(await source.has(empty), true);
  assert.equal(await readText(await source.open(empty)), "{}");
  await assert.rejects(
    source.open({ ...empty, data: "?" }),
    /the data of a descriptor is not base64$/,
  );
});

Deno.test("LayoutSource finds blobs under sha512", async () => {
  await using dir = await tempDir();
  const source = await open(dir, [{ content: IMAGE }]);
  const digest = parseDigest(`sha512:${"0".repeat(128)}`);
  const descriptor = { mediaType: "any", digest, size: 3 };
  assert.equal(await source.has(descriptor), false);
  await Deno.mkdir(dir.file("blobs/sha512"));
  await dir.write(`blobs/sha512/${"0".repeat(128)}`, toBytes("abc"));
  assert.equal(await source.has(descriptor), true);
});

Deno.test("LayoutSource refuses digests that nobody can verify", async () => {
  await using dir = await tempDir();
  const source = await open(dir, [{ content: IMAGE }]);
  const digest = parseDigest("md5:00");
  await assert.rejects(
    source.has({ mediaType: "any", digest, size: 0 }),
    RangeError,
  );
});

Deno.test("LayoutSource lists what is about its images", async () => {
  await using dir = await tempDir();
  const kind = "dev.cosignproject.cosign/";
  const signature = buildImage({ layers: [{ s: "1" }] });
  const sbom = buildImage({ layers: [{ s: "2" }], subject: IMAGE.descriptor });
  const source = await open(dir, [
    { content: IMAGE, annotations: { kind: `${kind}image` } },
    { content: signature, annotations: { kind: `${kind}sigs` } },
    { content: sbom },
  ]);
  assert.equal((await source.images()).length, 1);
  assert.deepEqual(await source.referrers?.(), [sbom.descriptor]);
  const [attachment, ...more] = await source.attachments?.() ?? [];
  assert.deepEqual(more, []);
  assert.equal(attachment?.subject, IMAGE.descriptor.digest);
  assert.equal(attachment?.kind, "sig");
  assert.equal(attachment?.root.digest, signature.descriptor.digest);
});

Deno.test("openLayout() says which signatures are nobody's", async () => {
  await using dir = await tempDir();
  const kind = "dev.cosignproject.cosign/sigs";
  const source = await open(dir, [
    { content: OTHER, annotations: { kind } },
    { content: IMAGE, name: "1" },
  ]);
  assert.deepEqual(source.warnings, [
    `"${dir.path}" lists ${OTHER.descriptor.digest}, which is left out: it is a signature or the like, and its image is not there`,
  ]);
});

Deno.test("openLayout() reads a layout without oci-layout and says so", async () => {
  await using dir = await tempDir();
  const source = await open(dir, [{ content: IMAGE }], { ociLayout: null });
  assert.deepEqual(source.warnings, [
    `"${dir.path}" has no file "oci-layout": it is read as an OCI image layout of version 1.0.0`,
  ]);
  assert.equal((await source.images()).length, 1);
});

Deno.test("openLayout() says what it leaves out", async () => {
  await using dir = await tempDir();
  const source = await open(dir, [{ content: IMAGE }]);
  assert.deepEqual(source.warnings, []);
  const digest = IMAGE.configDescriptor.digest;
  await dir.write(
    "index.json",
    toJson({ schemaVersion: 2, manifests: [IMAGE.configDescriptor] }),
  );
  const { warnings } = await openLayout(dir.path);
  assert.deepEqual(warnings, [
    `"${dir.path}" lists ${digest}, which is left out: "application/vnd.oci.image.config.v1+json" is no image`,
  ]);
});

for (
  const [what, ociLayout, reason] of [
    [
      "another version",
      '{"imageLayoutVersion":"2.0.0"}',
      /its version is "2.0.0", must be "1.0.0"$/,
    ],
    ["no version", "{}", /imageLayoutVersion is missing$/],
    ["a version that is not JSON", "1.0.0", /it is not JSON$/],
  ] as const
) {
  Deno.test(`openLayout() refuses ${what}`, async () => {
    await using dir = await tempDir();
    await assert.rejects(
      open(dir, [{ content: IMAGE }], { ociLayout }),
      reason,
    );
  });
}

Deno.test("openLayout() takes null and an empty list for no image", async () => {
  for (const manifests of ["null", "[]"]) {
    await using dir = await tempDir();
    await writeLayout(dir.path, []);
    await dir.write(
      "index.json",
      toBytes(`{"schemaVersion":2,"manifests":${manifests}}`),
    );
    assert.deepEqual(await (await openLayout(dir.path)).images(), []);
  }
});

Deno.test("openLayout() refuses an index.json that is cut off", async () => {
  await using dir = await tempDir();
  await writeLayout(dir.path, [{ content: IMAGE }]);
  await Deno.truncate(dir.file("index.json"), 50);
  await assert.rejects(openLayout(dir.path), (error) => {
    assert(error instanceof DocumentSyntaxError);
    assert.equal(
      error.message,
      `Cannot read index.json in "${dir.path}": it is not JSON`,
    );
    return true;
  });
});

Deno.test("openLayout() says what is in a directory that is no layout", async () => {
  await using dir = await tempDir();
  await assert.rejects(openLayout(dir.path), {
    message:
      `Cannot read "${dir.path}": it is no OCI image layout: there is no index.json, it holds nothing`,
  });
  await dir.write("a", toBytes("x"));
  await Deno.mkdir(dir.file("b"));
  await assert.rejects(openLayout(dir.path), /it holds a, b\/$/);
});

Deno.test("openLayout() knows skopeo's dir: format", async () => {
  await using dir = await tempDir();
  await dir.write("manifest.json", IMAGE.bytes);
  await dir.write("version", toBytes("Directory Transport Version: 1.1\n"));
  await assert.rejects(openLayout(dir.path), {
    message:
      `Cannot read "${dir.path}": it is no OCI image layout but a directory of skopeo's dir: format`,
    recommendation: `Convert it: skopeo copy dir:${dir.path} oci:DIRECTORY`,
  });
});
