import { strict as assert } from "node:assert";
import { WrittenImages } from "../../src/layout/written_images.ts";
import { buildImage, buildIndex } from "../support/images.ts";

const REF_NAME = "org.opencontainers.image.ref.name";
const IMAGE_NAME = "io.containerd.image.name";

Deno.test("WrittenImages.entries() has a descriptor for each name", () => {
  const { descriptor, bytes } = buildImage();
  const images = new WrittenImages();
  images.add(descriptor, bytes);
  images.name(descriptor, "app:1");
  images.name(descriptor, `cool/app@${descriptor.digest}`);
  assert.deepEqual(images.entries(), [
    {
      ...descriptor,
      annotations: {
        [IMAGE_NAME]: "docker.io/library/app:1",
        [REF_NAME]: "app:1",
      },
    },
    {
      ...descriptor,
      annotations: { [REF_NAME]: `cool/app@${descriptor.digest}` },
    },
  ]);
});

Deno.test("WrittenImages.entries() lists an image without a name", () => {
  const { descriptor } = buildImage();
  const images = new WrittenImages();
  images.name(descriptor);
  assert.deepEqual(images.entries(), [{ ...descriptor, annotations: {} }]);
  assert.deepEqual(images.names, [{ descriptor }]);
});

Deno.test("WrittenImages.entries() keeps other annotations, not other names", () => {
  const { descriptor } = buildImage();
  const images = new WrittenImages();
  const annotations = {
    [REF_NAME]: "old",
    [IMAGE_NAME]: "docker.io/old:1",
    "org.opencontainers.image.created": "2026-01-01T00:00:00Z",
  };
  images.name({ ...descriptor, annotations }, "1.2");
  assert.deepEqual(images.entries()[0]?.annotations, {
    "org.opencontainers.image.created": "2026-01-01T00:00:00Z",
    [REF_NAME]: "1.2",
  });
});

Deno.test("WrittenImages.entries() lists referrers, but not those in an index", () => {
  const image = buildImage();
  const subject = image.descriptor;
  const attestation = buildImage({ subject, layers: [{ a: "1" }] });
  const signature = buildImage({ subject, layers: [{ b: "2" }] });
  const index = buildIndex([image, attestation]);
  const images = new WrittenImages();
  for (const content of [image, attestation, index, signature]) {
    images.add(content.descriptor, content.bytes);
  }
  images.name(index.descriptor, "app:1");
  const [, ...referrers] = images.entries();
  assert.deepEqual(referrers, [{
    ...signature.descriptor,
    annotations: { "io.containerd.manifest.subject": subject.digest },
  }]);
});
