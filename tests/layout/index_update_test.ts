import { strict as assert } from "node:assert";
import { newIndex, updateIndex } from "../../src/layout/index_update.ts";
import type { Descriptor } from "../../src/oci/descriptor.ts";
import { parseDigest } from "../../src/oci/digest.ts";
import { MediaType } from "../../src/oci/media_type.ts";

const REF_NAME = "org.opencontainers.image.ref.name";
const IMAGE_NAME = "io.containerd.image.name";

function entry(
  digit: string,
  annotations?: Record<string, string>,
): Descriptor {
  return {
    mediaType: MediaType.OCI_MANIFEST,
    digest: parseDigest(`sha256:${digit.repeat(64)}`),
    size: 1,
    ...annotations && { annotations },
  };
}

function update(before: object, ...added: Descriptor[]) {
  const bytes = new TextEncoder().encode(JSON.stringify(before));
  return JSON.parse(
    new TextDecoder().decode(updateIndex(bytes, added, "index.json")),
  );
}

Deno.test("newIndex() lists descriptors as they are", () => {
  assert.equal(
    new TextDecoder().decode(newIndex([entry("a")])),
    `{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:${
      "a".repeat(64)
    }","size":1}]}`,
  );
});

Deno.test("updateIndex() keeps what is there, fields that nobody knows too", () => {
  const old = { ...entry("a", { [REF_NAME]: "a:1" }), urls: ["x"] };
  const before = { schemaVersion: 2, extra: true, manifests: [old] };
  const added = entry("b", { [REF_NAME]: "b:1" });
  assert.deepEqual(update(before, added), {
    schemaVersion: 2,
    extra: true,
    manifests: [old, added],
  });
});

Deno.test("updateIndex() moves a name to what has it now", () => {
  const before = {
    schemaVersion: 2,
    manifests: [
      entry("a", { [REF_NAME]: "a:1" }),
      entry("b", { [REF_NAME]: "1", [IMAGE_NAME]: "docker.io/library/c:1" }),
      entry("c", { [REF_NAME]: "1", [IMAGE_NAME]: "docker.io/other/c:1" }),
    ],
  };
  const moved = entry("d", { [REF_NAME]: "a:1" });
  const again = entry("d", {
    [REF_NAME]: "c:1",
    [IMAGE_NAME]: "docker.io/library/c:1",
  });
  assert.deepEqual(update(before, moved, again).manifests, [
    before.manifests[2],
    moved,
    again,
  ]);
});

Deno.test("updateIndex() lists a manifest without a name once", () => {
  const before = { schemaVersion: 2, manifests: [entry("a"), entry("b")] };
  assert.deepEqual(update(before, entry("b")).manifests, [
    entry("a"),
    entry("b"),
  ]);
});

Deno.test("updateIndex() refuses what is no index", () => {
  assert.throws(
    () => updateIndex(new TextEncoder().encode("[]"), [], "index.json"),
    { name: "DocumentSyntaxError" },
  );
});
