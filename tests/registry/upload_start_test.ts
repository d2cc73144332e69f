import { strict as assert } from "node:assert";
import { mountBlob, startUpload } from "../../src/registry/upload_start.ts";
import { withScript } from "../support/scripted_server.ts";
import { FOUR_DIGEST, scopeOf } from "./upload_fixture.ts";

const UPLOADS = "/v2/a/blobs/uploads/";
const HEX = FOUR_DIGEST.slice("sha256:".length);
const MOUNT = `POST ${UPLOADS}?mount=sha256%3A${HEX}&from=b%2Fc`;

Deno.test("startUpload() posts to the path with its slash", async () => {
  await withScript([{
    request: `POST ${UPLOADS}`,
    headers: { "content-length": "0" },
    status: 202,
    answer: {
      location: `http://other.example${UPLOADS}1?_state=x%3D`,
      "oci-chunk-min-length": "1048576",
    },
  }], async (transport) => {
    const session = await startUpload(scopeOf(transport));
    assert.equal(session.location, `${UPLOADS}1?_state=x%3D`);
    assert.equal(session.minChunk, 1_048_576);
  });
});

Deno.test("startUpload() tries again after transient failures", async () => {
  await withScript([
    { request: `POST ${UPLOADS}`, lost: true },
    { request: `POST ${UPLOADS}`, status: 503 },
    {
      request: `POST ${UPLOADS}`,
      status: 202,
      answer: { location: `${UPLOADS}2` },
    },
  ], async (transport) => {
    const session = await startUpload(scopeOf(transport));
    assert.equal(session.location, `${UPLOADS}2`);
    assert.equal(session.minChunk, 0);
  });
});

Deno.test("startUpload() rejects an answer without a location", async () => {
  await withScript([
    { request: `POST ${UPLOADS}`, status: 202 },
  ], async (transport) => {
    await assert.rejects(startUpload(scopeOf(transport)), {
      message: 'Cannot upload a blob to "a": the registry names no place ' +
        "to send it to",
    });
  });
});

Deno.test("startUpload() says that a registry is read-only", async () => {
  await withScript([{
    request: `POST ${UPLOADS}`,
    status: 405,
    answer: { allow: "GET, HEAD" },
    text: "Method not allowed",
  }], async (transport) => {
    await assert.rejects(startUpload(scopeOf(transport)), {
      message: 'Cannot start an upload to "a": the registry answers 405, ' +
        "Method not allowed\nThe registry may be read-only: check its settings",
    });
  });
});

Deno.test("mountBlob() names the blob and its lender", async () => {
  await withScript([
    { request: MOUNT, status: 201 },
  ], async (transport) => {
    const blob = { digest: FOUR_DIGEST, from: "b/c" };
    assert.deepEqual(await mountBlob(scopeOf(transport), blob), {
      mounted: true,
    });
  });
});

Deno.test("mountBlob() returns the session that comes instead", async () => {
  await withScript([{
    request: MOUNT,
    status: 202,
    answer: { location: `${UPLOADS}7` },
  }], async (transport) => {
    const result = await mountBlob(scopeOf(transport), {
      digest: FOUR_DIGEST,
      from: "b/c",
    });
    assert.ok(!result.mounted);
    assert.equal(result.session.location, `${UPLOADS}7`);
  });
});

Deno.test("mountBlob() asks once", async () => {
  await withScript([
    { request: MOUNT, status: 500 },
  ], async (transport) => {
    await assert.rejects(
      mountBlob(scopeOf(transport), { digest: FOUR_DIGEST, from: "b/c" }),
      { name: "RegistryError", status: 500 },
    );
  });
});
