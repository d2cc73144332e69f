import { strict as assert } from "node:assert";
import { parseDigest } from "../../src/oci/digest.ts";
import { hasSuccessors, successors } from "../../src/oci/successors.ts";

function descriptor(mediaType: string, letter: string) {
  return {
    mediaType,
    digest: parseDigest(`sha256:${letter.repeat(64)}`),
    size: 1,
  };
}

const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const INDEX = "application/vnd.oci.image.index.v1+json";
const CONFIG = descriptor("application/vnd.oci.image.config.v1+json", "c");
const LAYER = descriptor("application/vnd.oci.image.layer.v1.tar+gzip", "d");
const FOREIGN = descriptor(
  "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
  "e",
);

function bytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(
    JSON.stringify({ schemaVersion: 2, ...value as object }),
  );
}

Deno.test("successors() of a manifest are config and layers, without foreign ones", () => {
  const subject = descriptor(MANIFEST, "f");
  const content = bytes({ config: CONFIG, layers: [LAYER, FOREIGN], subject });
  assert.deepEqual(successors(descriptor(MANIFEST, "a"), content), {
    manifests: [],
    blobs: [CONFIG, LAYER],
    subject,
  });
});

Deno.test("successors() of an index are manifests and other content", () => {
  const child = descriptor(MANIFEST, "a");
  const nested = descriptor(INDEX, "b");
  const other = descriptor("text/plain", "c");
  const content = bytes({ manifests: [child, other, nested] });
  assert.deepEqual(successors(descriptor(INDEX, "f"), content), {
    manifests: [child, nested],
    blobs: [other],
  });
});

Deno.test("successors() of anything else are none, and its bytes are not parsed", () => {
  const config = successors(CONFIG, new Uint8Array([0xff]));
  assert.deepEqual(config, { manifests: [], blobs: [] });
  assert.equal(hasSuccessors(CONFIG), false);
  assert.equal(hasSuccessors(descriptor(INDEX, "b")), true);
});
