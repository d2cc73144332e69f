import { strict as assert } from "node:assert";
import { digestOf } from "../../src/oci/digest.ts";
import { tagManifest } from "../../src/registry/tagging.ts";
import { withScript } from "../support/scripted_server.ts";
import { scopeOf, TEN_DIGEST } from "./upload_fixture.ts";

const TEXT = '{"schemaVersion":2}';
const BYTES = new TextEncoder().encode(TEXT);
const MANIFEST = {
  bytes: BYTES,
  descriptor: {
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    digest: digestOf(BYTES),
    size: BYTES.length,
  },
};
const PUT = { request: "PUT /v2/a/manifests/v1", body: TEXT, status: 201 };
const OPTIONS = { tag: "v1" };

function confirm(digest: string) {
  const answer = { "docker-content-digest": digest };
  return { request: "HEAD /v2/a/manifests/v1", answer };
}

Deno.test("tagManifest() gives a tag again that leads elsewhere", async () => {
  await withScript([
    PUT,
    confirm(TEN_DIGEST),
    PUT,
    confirm(MANIFEST.descriptor.digest),
  ], (transport) => tagManifest(scopeOf(transport), MANIFEST, OPTIONS));
});

Deno.test("tagManifest() gives up a tag that leads elsewhere three times", async () => {
  const wrong = [PUT, confirm(TEN_DIGEST)];
  await withScript([...wrong, ...wrong, ...wrong], async (transport) => {
    await assert.rejects(tagManifest(scopeOf(transport), MANIFEST, OPTIONS), {
      name: "RegistryError",
      message: /^Cannot confirm the manifest "v1"/,
    });
  });
});

Deno.test("tagManifest() does not insist where the registry refuses", async () => {
  await withScript([{ ...PUT, status: 403 }], async (transport) => {
    await assert.rejects(tagManifest(scopeOf(transport), MANIFEST, OPTIONS), {
      name: "RegistryError",
    });
  });
});
