import { strict as assert } from "node:assert";
import { readIndexNames } from "../../src/layout/index_names.ts";
import type { Descriptor } from "../../src/oci/descriptor.ts";
import { parseDigest } from "../../src/oci/digest.ts";
import { MediaType } from "../../src/oci/media_type.ts";

const REF_NAME = "org.opencontainers.image.ref.name";
const IMAGE_NAME = "io.containerd.image.name";

function descriptor(
  digit: string,
  annotations?: Record<string, string>,
  mediaType: string = MediaType.OCI_MANIFEST,
): Descriptor {
  return {
    mediaType,
    digest: parseDigest(`sha256:${digit.repeat(64)}`),
    size: 1,
    ...annotations && { annotations },
  };
}

function read(...manifests: Descriptor[]) {
  return readIndexNames({
    schemaVersion: 2,
    mediaType: MediaType.OCI_INDEX,
    manifests,
  });
}

Deno.test("readIndexNames() lists images without names too", () => {
  const image = descriptor("a");
  const index = descriptor("b", {}, MediaType.DOCKER_INDEX);
  assert.deepEqual(read(image, index), {
    images: [{ names: [], root: image }, { names: [], root: index }],
    referrers: [],
    others: [],
  });
});

Deno.test("readIndexNames() puts full references before tags", () => {
  const { images } = read(
    descriptor("a", {
      [REF_NAME]: "1.2",
      [IMAGE_NAME]: "docker.io/cool/image:1.2",
    }),
    descriptor("b", { [REF_NAME]: "localhost/other:2" }),
    descriptor("c", { [REF_NAME]: "v1" }),
    descriptor("d", { [REF_NAME]: "" }),
  );
  assert.deepEqual(images.map(({ names }) => names), [
    ["docker.io/cool/image:1.2", "1.2"],
    ["localhost/other:2"],
    ["v1"],
    [],
  ]);
});

Deno.test("readIndexNames() takes a name that is only spelled out for none", () => {
  const { images } = read(
    descriptor("a", {
      [REF_NAME]: "image:1.2",
      [IMAGE_NAME]: "docker.io/library/image:1.2",
    }),
    descriptor("b", {
      [REF_NAME]: "image:1.2",
      [IMAGE_NAME]: "docker.io/other/image:1.2",
    }),
  );
  assert.deepEqual(images.map(({ names }) => names), [
    ["image:1.2"],
    ["docker.io/other/image:1.2", "image:1.2"],
  ]);
});

Deno.test("readIndexNames() makes one image of descriptors of one digest", () => {
  const { images } = read(
    descriptor("a", { [REF_NAME]: "v1" }),
    descriptor("b"),
    descriptor("a", { [REF_NAME]: "cool/image:v2" }),
    descriptor("a", { [REF_NAME]: "v1" }),
  );
  assert.deepEqual(images.map(({ names }) => names), [
    ["cool/image:v2", "v1"],
    [],
  ]);
});

Deno.test("readIndexNames() tells referrers by what the index says of them", () => {
  const image = descriptor("a", { kind: "dev.cosignproject.cosign/image" });
  const signature = descriptor("b", { kind: "dev.cosignproject.cosign/sigs" });
  const attestation = descriptor("c", {
    kind: "dev.cosignproject.cosign/atts",
  });
  const appended = descriptor("d", {
    "io.containerd.manifest.subject": `sha256:${"a".repeat(64)}`,
  });
  const content = read(image, signature, attestation, appended);
  assert.deepEqual(content.images, [{ names: [], root: image }]);
  assert.deepEqual(content.referrers, [signature, attestation, appended]);
});

Deno.test("readIndexNames() keeps apart what is neither manifest nor index", () => {
  const blob = descriptor("a", { [REF_NAME]: "x" }, "application/octet-stream");
  assert.deepEqual(read(blob), { images: [], referrers: [], others: [blob] });
});
