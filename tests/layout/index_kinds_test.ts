import { strict as assert } from "node:assert";
import { entryKind, hasMaker } from "../../src/layout/index_kinds.ts";
import { buildImage } from "../support/images.ts";

const { descriptor } = buildImage();

for (
  const [kind, expected] of [
    ["dev.cosignproject.cosign/image", "image"],
    ["dev.cosignproject.cosign/imageIndex", "image"],
    ["dev.cosignproject.cosign/sigs", "sig"],
    ["dev.cosignproject.cosign/atts", "att"],
    ["dev.cosignproject.cosign/sboms", "sbom"],
    ["dev.hauler/imageIndex", "image"],
    ["dev.hauler/sigs", "sig"],
    [`dev.hauler/referrers/${"a".repeat(64)}`, "referrer"],
    ["dev.other/sigs", "image"],
    ["sigs", "image"],
  ] as const
) {
  Deno.test(`entryKind() takes "${kind}" for: ${expected}`, () => {
    assert.equal(entryKind({ ...descriptor, annotations: { kind } }), expected);
  });
}

Deno.test("entryKind() takes what Docker appends for a referrer", () => {
  const annotations = { "io.containerd.manifest.subject": descriptor.digest };
  assert.equal(entryKind({ ...descriptor, annotations }), "referrer");
  assert.equal(entryKind(descriptor), "image");
});

Deno.test("hasMaker() knows what cosign and hauler wrote", () => {
  const by = (kind: string) =>
    hasMaker({ ...descriptor, annotations: { kind } });
  assert.equal(by("dev.cosignproject.cosign/image"), true);
  assert.equal(by("dev.hauler/image"), true);
  assert.equal(by("image"), false);
  assert.equal(hasMaker(descriptor), false);
});
