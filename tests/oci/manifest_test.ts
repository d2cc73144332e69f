import { strict as assert } from "node:assert";
import { parseImageManifest } from "../../src/oci/manifest.ts";

const A = `sha256:${"a".repeat(64)}`;
const B = `sha256:${"b".repeat(64)}`;
const CONFIG = {
  mediaType: "application/vnd.oci.image.config.v1+json",
  digest: A,
  size: 2,
};
const LAYER = {
  mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
  digest: B,
  size: 3,
};

function parse(fields: Record<string, unknown>) {
  const bytes = new TextEncoder().encode(JSON.stringify({
    schemaVersion: 2,
    config: CONFIG,
    layers: [LAYER],
    ...fields,
  }));
  return parseImageManifest(bytes, "the manifest");
}

Deno.test("parseImageManifest() reads config, layers, subject and annotations", () => {
  const subject = { ...LAYER, annotations: { a: "b" }, data: "e30=" };
  const manifest = parse({
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    subject,
    annotations: { x: "y" },
    artifactType: "text/x",
  });
  assert.deepEqual(manifest, {
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config: CONFIG,
    layers: [LAYER],
    subject,
    annotations: { x: "y" },
    artifactType: "text/x",
  });
});

Deno.test("parseImageManifest() tells the family from the config when mediaType is absent", () => {
  assert.equal(
    parse({}).mediaType,
    "application/vnd.oci.image.manifest.v1+json",
  );
  const config = {
    ...CONFIG,
    mediaType: "application/vnd.docker.container.image.v1+json",
  };
  assert.equal(
    parse({ config }).mediaType,
    "application/vnd.docker.distribution.manifest.v2+json",
  );
});

Deno.test("parseImageManifest() refuses a document that is also an index", () => {
  assert.throws(() => parse({ manifests: [] }), {
    message:
      "Cannot read the manifest: manifests must not be in an image manifest",
  });
});

Deno.test("parseImageManifest() refuses wrong fields and names them", () => {
  const table: readonly [Record<string, unknown>, string][] = [
    [{ schemaVersion: 1 }, "schemaVersion must be 2"],
    [{ config: undefined }, "config is missing"],
    [{ mediaType: "text/html" }, 'mediaType is "text/html"'],
    [
      { layers: [{ ...LAYER, digest: "sha256:x" }] },
      'layers[0].digest is not a digest: "sha256:x"',
    ],
    [
      { layers: [{ ...LAYER, size: -1 }] },
      "layers[0].size must be a whole number, 0 or more",
    ],
  ];
  for (const [fields, reason] of table) {
    assert.throws(() => parse(fields), {
      name: "DocumentSyntaxError",
      message: `Cannot read the manifest: ${reason}`,
    });
  }
});
