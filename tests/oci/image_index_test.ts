import { strict as assert } from "node:assert";
import { parseImageIndex } from "../../src/oci/image_index.ts";

const CHILD = {
  mediaType: "application/vnd.oci.image.manifest.v1+json",
  digest: `sha256:${"a".repeat(64)}`,
  size: 2,
  platform: { os: "linux", architecture: "arm64", variant: "v8" },
};

function parse(fields: Record<string, unknown>) {
  const bytes = new TextEncoder().encode(
    JSON.stringify({ schemaVersion: 2, ...fields }),
  );
  return parseImageIndex(bytes, "index.json");
}

Deno.test("parseImageIndex() reads manifests with their platforms", () => {
  assert.deepEqual(parse({ manifests: [CHILD] }), {
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.index.v1+json",
    manifests: [CHILD],
  });
});

Deno.test("parseImageIndex() takes null manifests for none", () => {
  assert.deepEqual(parse({ manifests: null }).manifests, []);
});

Deno.test("parseImageIndex() refuses what is not an index", () => {
  const table: readonly [Record<string, unknown>, string][] = [
    [{ layers: [] }, "layers must not be in an image index"],
    [{ config: {} }, "config must not be in an image index"],
    [{ schemaVersion: 1 }, "schemaVersion must be 2"],
    [{ mediaType: "text/html" }, 'mediaType is "text/html"'],
    [{ manifests: [{}] }, "manifests[0].digest is missing"],
  ];
  for (const [fields, reason] of table) {
    assert.throws(() => parse(fields), {
      message: `Cannot read index.json: ${reason}`,
    });
  }
});
