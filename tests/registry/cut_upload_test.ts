import { strict as assert } from "node:assert";
import { uploadBlob } from "../../src/registry/blob_upload.ts";
import { type Cut, cuttingProxy } from "../support/cutting_proxy.ts";
import { plainTransport } from "../support/plain_transport.ts";
import { blobRegistry } from "./blob_registry.ts";
import { scopeOf, streamOf } from "./upload_fixture.ts";

const SIZE = 20_000;
const CHUNK = 6_000;

/** Uploads a blob through one cut; the registry must have it whole then. */
async function uploadWithCut(cut: Cut) {
  await using registry = blobRegistry();
  await using proxy = cuttingProxy(registry.address);
  const bytes = crypto.getRandomValues(new Uint8Array(SIZE));
  const scope = scopeOf(plainTransport(proxy.address), { chunkSize: CHUNK });
  proxy.cutNext(cut);
  const blob = await uploadBlob(scope, {
    mediaType: "application/octet-stream",
    open: (offset = 0) =>
      Promise.resolve(streamOf(bytes.subarray(offset), 1_000)),
  });
  assert.deepEqual(registry.blobs.get(blob.digest), bytes);
  return { cuts: proxy.cuts, bytesSent: blob.bytesSent };
}

Deno.test("uploadBlob() survives a connection that is cut anywhere", async () => {
  for (let afterSent = 0; afterSent < 22_000; afterSent += 997) {
    const { cuts, bytesSent } = await uploadWithCut({ afterSent });
    // Bodies and heads of the requests are longer than 21,000 bytes.
    if (afterSent < 21_000) assert.equal(cuts, 1);
    assert.ok(
      bytesSent <= SIZE + CHUNK,
      `${bytesSent} bytes were sent after a cut at ${afterSent}`,
    );
  }
});

Deno.test("uploadBlob() survives the loss of any answer", async () => {
  for (let afterReceived = 0; afterReceived < 1_000; afterReceived += 90) {
    const { bytesSent } = await uploadWithCut({ afterReceived });
    assert.ok(
      bytesSent <= SIZE + CHUNK,
      `${bytesSent} bytes were sent after a cut at ${afterReceived}`,
    );
  }
});
