import { strict as assert } from "node:assert";
import { readIndexNames } from "../../src/layout/index_names.ts";
import type { Descriptor } from "../../src/oci/descriptor.ts";
import { parseDigest } from "../../src/oci/digest.ts";
import { MediaType } from "../../src/oci/media_type.ts";

const REF_NAME = "org.opencontainers.image.ref.name";
const IMAGE_NAME = "io.containerd.image.name";

const NOTHING = {
  images: [],
  referrers: [],
  attachments: [],
  strays: [],
  others: [],
};

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
    ...NOTHING,
    images: [{ names: [], root: image }, { names: [], root: index }],
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
  const image = descriptor("a");
  const appended = descriptor("b", {
    "io.containerd.manifest.subject": image.digest,
  });
  const content = read(image, appended);
  assert.deepEqual(content.images, [{ names: [], root: image }]);
  assert.deepEqual(content.referrers, [appended]);
});

Deno.test("readIndexNames() takes cosign's signatures for those of the image before", () => {
  const kind = (word: string) => ({ kind: `dev.cosignproject.cosign/${word}` });
  const stray = descriptor("0", kind("sigs"));
  const image = descriptor("a", kind("imageIndex"));
  const signature = descriptor("b", kind("sigs"));
  const attestation = descriptor("c", kind("atts"));
  const other = descriptor("d", kind("image"));
  const sbom = descriptor("e", kind("sboms"));
  const content = read(stray, image, signature, attestation, other, sbom);
  assert.deepEqual(content.images.map(({ root }) => root), [image, other]);
  assert.deepEqual(content.attachments, [
    { subject: image.digest, kind: "sig", root: signature },
    { subject: image.digest, kind: "att", root: attestation },
    { subject: other.digest, kind: "sbom", root: sbom },
  ]);
  assert.deepEqual(content.strays, [stray]);
});

Deno.test("readIndexNames() takes hauler's signatures for those of the image of that name", () => {
  const entry = (digit: string, kind: string, name: string) =>
    descriptor(digit, {
      kind: `dev.hauler/${kind}`,
      [REF_NAME]: name,
      [IMAGE_NAME]: `ghcr.io/${name}`,
    });
  const one = entry("a", "image", "cool/one:1");
  const two = entry("b", "image", "cool/two:2");
  const ofTwo = entry("c", "sigs", "cool/two:2");
  const ofOne = entry("d", "atts", "cool/one:1");
  const referrer = entry("e", `referrers/${"e".repeat(64)}`, "cool/one:1");
  const stray = entry("f", "sigs", "cool/gone:1");
  const content = read(one, two, ofTwo, ofOne, referrer, stray);
  assert.deepEqual(content.images.map(({ root }) => root), [one, two]);
  assert.deepEqual(content.attachments, [
    { subject: two.digest, kind: "sig", root: ofTwo },
    { subject: one.digest, kind: "att", root: ofOne },
  ]);
  assert.deepEqual(content.referrers, [referrer]);
  assert.deepEqual(content.strays, [stray]);
});

Deno.test("readIndexNames() keeps apart what is neither manifest nor index", () => {
  const blob = descriptor("a", { [REF_NAME]: "x" }, "application/octet-stream");
  assert.deepEqual(read(blob), { ...NOTHING, others: [blob] });
});
