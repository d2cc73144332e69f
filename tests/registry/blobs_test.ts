import { strict as assert } from "node:assert";
import { checkBlobSize, findBlob } from "../../src/registry/blobs.ts";
import { withScript } from "../support/scripted_server.ts";
import { FOUR_DIGEST, scopeOf } from "./upload_fixture.ts";

const HEAD = `HEAD /v2/a/blobs/${FOUR_DIGEST}`;

Deno.test("findBlob() tells what is there and what is not", async () => {
  await withScript([
    { request: HEAD, answer: { "content-length": "4" } },
    { request: HEAD, status: 404 },
  ], async (transport) => {
    const scope = scopeOf(transport);
    assert.deepEqual(await findBlob(scope, FOUR_DIGEST), { size: 4 });
    assert.equal(await findBlob(scope, FOUR_DIGEST), undefined);
  });
});

Deno.test("findBlob() does not take a length of 0 for the blob's", async () => {
  await withScript([{ request: HEAD }], async (transport) => {
    assert.deepEqual(await findBlob(scopeOf(transport), FOUR_DIGEST), {});
  });
});

Deno.test("findBlob() takes a redirect to the storage for a blob that is there", async () => {
  await withScript([{
    request: HEAD,
    status: 307,
    answer: { location: "https://storage.example/x", "content-length": "99" },
  }], async (transport) => {
    assert.deepEqual(await findBlob(scopeOf(transport), FOUR_DIGEST), {});
  });
});

Deno.test("findBlob() does not take a refusal for absence", async () => {
  for (const status of [400, 401, 403, 405]) {
    await withScript([{ request: HEAD, status }], async (transport) => {
      await assert.rejects(findBlob(scopeOf(transport), FOUR_DIGEST), {
        name: "RegistryError",
        status,
        method: "HEAD",
      });
    });
  }
});

Deno.test("findBlob() asks again after transient failures", async () => {
  await withScript([
    { request: HEAD, lost: true },
    { request: HEAD, status: 429, answer: { "retry-after": "1" } },
    { request: HEAD, status: 404 },
  ], async (transport) => {
    assert.equal(await findBlob(scopeOf(transport), FOUR_DIGEST), undefined);
  });
});

Deno.test("checkBlobSize() finds another size under the same digest", () => {
  const digest = FOUR_DIGEST;
  checkBlobSize({ digest, size: 4 }, 4, "a");
  checkBlobSize({ digest, size: 4 }, undefined, "a");
  checkBlobSize({ digest }, 5, "a");
  assert.throws(() => checkBlobSize({ digest, size: 4 }, 5, "a"), {
    name: "ContentMismatchError",
  });
});
