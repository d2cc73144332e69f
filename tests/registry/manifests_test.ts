import { strict as assert } from "node:assert";
import { parseDigest } from "../../src/oci/digest.ts";
import {
  confirmManifest,
  fetchManifest,
  findManifest,
  putManifest,
} from "../../src/registry/manifests.ts";
import { withScript } from "../support/scripted_server.ts";
import { FOUR_DIGEST, scopeOf, TEN_DIGEST } from "./upload_fixture.ts";

const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const DIGEST_HEADER = "docker-content-digest";
const ACCEPT = "application/vnd.oci.image.manifest.v1+json, " +
  "application/vnd.oci.image.index.v1+json, " +
  "application/vnd.docker.distribution.manifest.v2+json, " +
  "application/vnd.docker.distribution.manifest.list.v2+json";

/** SHA-512 of `abcd`. */
const FOUR_SHA512 = parseDigest(
  "sha512:d8022f2060ad6efd297ab73dcc5355c9b214054b0d1776a136a669d26a7d3b14" +
    "f73aa0d0ebff19ee333368f0164b6419a96da49e3e481753e7e96b716bdccb6f",
);

/** Its bytes are nothing that this layer reads. */
const MANIFEST = {
  descriptor: { mediaType: OCI_MANIFEST, digest: FOUR_DIGEST, size: 4 },
  bytes: new TextEncoder().encode("abcd"),
};

const PATH = `/v2/a/manifests/${FOUR_DIGEST}`;

Deno.test("putManifest() sends the exact bytes under the digest", async () => {
  await withScript([{
    request: `PUT ${PATH}`,
    headers: { "content-type": OCI_MANIFEST, "content-length": "4" },
    body: "abcd",
    status: 201,
  }], async (transport) => {
    const result = await putManifest(scopeOf(transport), MANIFEST);
    assert.deepEqual(result, { subjectKept: false });
  });
});

Deno.test("putManifest() tells that the registry keeps the subject", async () => {
  await withScript([{
    request: "PUT /v2/a/manifests/v1",
    body: "abcd",
    status: 201,
    answer: { "oci-subject": TEN_DIGEST },
  }], async (transport) => {
    const options = { tag: "v1" };
    const result = await putManifest(scopeOf(transport), MANIFEST, options);
    assert.deepEqual(result, { subjectKept: true });
  });
});

Deno.test("putManifest() repeats after transient failures", async () => {
  await withScript([
    { request: `PUT ${PATH}`, cutAfter: 1 },
    { request: `PUT ${PATH}`, body: "abcd", status: 502 },
    { request: `PUT ${PATH}`, body: "abcd", status: 201 },
  ], async (transport) => {
    await putManifest(scopeOf(transport), MANIFEST);
  });
});

Deno.test("putManifest() names a missing blob", async () => {
  await withScript([{
    request: `PUT ${PATH}`,
    body: "abcd",
    status: 400,
    text: '{"errors":[{"code":"MANIFEST_BLOB_UNKNOWN",' +
      `"message":"blob unknown to registry","detail":"${TEN_DIGEST}"}]}`,
  }], async (transport) => {
    await assert.rejects(putManifest(scopeOf(transport), MANIFEST), {
      name: "RegistryError",
      message: `Cannot push the manifest "${FOUR_DIGEST}" to "a": ` +
        "the registry answers 400, MANIFEST_BLOB_UNKNOWN: " +
        `blob unknown to registry (${TEN_DIGEST})\n` +
        "Push again: a blob that was there is gone",
    });
  });
});

Deno.test("putManifest() sends nothing that is not what it says", async () => {
  await withScript([], async (transport) => {
    const bytes = new TextEncoder().encode("abcX");
    await assert.rejects(
      putManifest(scopeOf(transport), { ...MANIFEST, bytes }),
      { name: "ContentMismatchError" },
    );
  });
});

Deno.test("findManifest() accepts all manifest types by name", async () => {
  await withScript([{
    request: "HEAD /v2/a/manifests/v1",
    headers: { accept: ACCEPT },
    answer: { [DIGEST_HEADER]: FOUR_DIGEST },
  }, {
    request: "HEAD /v2/a/manifests/v1",
    status: 404,
  }], async (transport) => {
    const scope = scopeOf(transport);
    assert.equal(await findManifest(scope, "v1"), FOUR_DIGEST);
    assert.equal(await findManifest(scope, "v1"), undefined);
  });
});

Deno.test("findManifest() reads the bytes when no digest is said", async () => {
  await withScript([
    { request: "HEAD /v2/a/manifests/v1" },
    {
      request: "GET /v2/a/manifests/v1",
      headers: { accept: ACCEPT },
      text: "abcd",
    },
  ], async (transport) => {
    assert.equal(await findManifest(scopeOf(transport), "v1"), FOUR_DIGEST);
  });
});

Deno.test("fetchManifest() returns bytes and type, without parameters", async () => {
  await withScript([{
    request: "GET /v2/a/manifests/v1",
    text: "abcd",
    answer: {
      "content-type": `${OCI_MANIFEST}; charset=utf-8`,
      // A registry cannot make it another manifest by saying so.
      [DIGEST_HEADER]: TEN_DIGEST,
    },
  }], async (transport) => {
    const manifest = await fetchManifest(scopeOf(transport), "v1");
    assert.deepEqual(manifest?.descriptor, MANIFEST.descriptor);
    assert.equal(new TextDecoder().decode(manifest?.bytes), "abcd");
  });
});

Deno.test("fetchManifest() verifies the digest that was asked for", async () => {
  await withScript([
    { request: `GET ${PATH}`, text: "abcX" },
  ], async (transport) => {
    await assert.rejects(fetchManifest(scopeOf(transport), FOUR_DIGEST), {
      name: "ContentMismatchError",
    });
  });
});

Deno.test("fetchManifest() fetches again what broke", async () => {
  await withScript([
    { request: `GET ${PATH}`, text: "abcd", truncate: 2 },
    { request: `GET ${PATH}`, text: "abcd" },
  ], async (transport) => {
    const manifest = await fetchManifest(scopeOf(transport), FOUR_DIGEST);
    assert.equal(manifest?.descriptor.size, 4);
  });
});

Deno.test("fetchManifest() does not read without end", async () => {
  await withScript([{
    request: `GET ${PATH}`,
    text: "x",
    answer: { "content-length": "1" },
  }], async (transport) => {
    const endless = async (request: Request) => {
      await (await transport(request)).body?.cancel();
      return new Response(
        new ReadableStream({
          pull: (controller) => controller.enqueue(new Uint8Array(1 << 20)),
        }),
      );
    };
    await assert.rejects(fetchManifest(scopeOf(endless), FOUR_DIGEST), {
      name: "RangeError",
    });
  });
});

Deno.test("confirmManifest() accepts what the registry has", async () => {
  await withScript([{
    request: "HEAD /v2/a/manifests/v1",
    answer: { [DIGEST_HEADER]: FOUR_DIGEST },
  }], async (transport) => {
    const { descriptor } = MANIFEST;
    await confirmManifest(scopeOf(transport), descriptor, { tag: "v1" });
  });
});

Deno.test("confirmManifest() fails when the tag leads elsewhere", async () => {
  await withScript([{
    request: "HEAD /v2/a/manifests/v1",
    answer: { [DIGEST_HEADER]: TEN_DIGEST },
  }], async (transport) => {
    const { descriptor } = MANIFEST;
    await assert.rejects(
      confirmManifest(scopeOf(transport), descriptor, { tag: "v1" }),
      {
        name: "RegistryError",
        message: 'Cannot confirm the manifest "v1" in "a": ' +
          `"${TEN_DIGEST}" is there, must be "${FOUR_DIGEST}"`,
      },
    );
  });
});

Deno.test("confirmManifest() fails when the manifest is not there", async () => {
  await withScript([
    { request: `HEAD ${PATH}`, status: 404 },
  ], async (transport) => {
    await assert.rejects(
      confirmManifest(scopeOf(transport), MANIFEST.descriptor),
      {
        status: 404,
        message: `Cannot confirm the manifest "${FOUR_DIGEST}" in "a": ` +
          `it is not there, must be "${FOUR_DIGEST}"`,
      },
    );
  });
});

Deno.test("confirmManifest() reads the bytes under another algorithm", async () => {
  const path = `/v2/a/manifests/${FOUR_SHA512}`;
  await withScript([
    { request: `HEAD ${path}`, answer: { [DIGEST_HEADER]: FOUR_DIGEST } },
    { request: `GET ${path}`, text: "abcd" },
  ], async (transport) => {
    await confirmManifest(scopeOf(transport), {
      ...MANIFEST.descriptor,
      digest: FOUR_SHA512,
    });
  });
});
