import { strict as assert } from "node:assert";
import type { BlobContent } from "../../src/content/blob_content.ts";
import type { Transport } from "../../src/http/transport.ts";
import { ChunkReader } from "../../src/registry/chunk_reader.ts";
import { uploadStreamed } from "../../src/registry/streamed_upload.ts";
import { UploadState } from "../../src/registry/upload_state.ts";
import { withScript } from "../support/scripted_server.ts";
import {
  contentOf,
  scopeOf,
  sessionOf,
  TEN_DIGEST,
  tenBytes,
} from "./upload_fixture.ts";

const SESSION = "/v2/a/blobs/uploads/1";
const PUT = `PUT ${SESSION}?digest=${TEN_DIGEST}`;
const LOST = { name: "UploadLostError" };

async function upload(transport: Transport, content: BlobContent) {
  const scope = scopeOf(transport);
  const state = new UploadState(scope, sessionOf(scope, SESSION));
  const reader = await ChunkReader.open(content);
  try {
    return await uploadStreamed(state, reader, content.size);
  } finally {
    await reader.cancel();
  }
}

Deno.test("uploadStreamed() sends a blob of known size in one request", async () => {
  await withScript([
    {
      request: `PATCH ${SESSION}`,
      headers: { "content-range": null, "content-length": "10" },
      body: "abcdefghij",
      status: 202,
      answer: { range: "0-9" },
    },
    { request: PUT, status: 201 },
  ], async (transport) => {
    assert.deepEqual(await upload(transport, tenBytes()), {
      digest: TEN_DIGEST,
      size: 10,
    });
  });
});

Deno.test("uploadStreamed() sends a blob that nothing is known of", async () => {
  await withScript([
    {
      request: `PATCH ${SESSION}`,
      headers: { "transfer-encoding": "chunked" },
      body: "abcdefghij",
      status: 202,
    },
    { request: PUT, status: 201 },
  ], async (transport) => {
    const blob = await upload(transport, contentOf("abcdefghij"));
    assert.equal(blob.digest, TEN_DIGEST);
  });
});

Deno.test("uploadStreamed() starts again when the stream breaks", async () => {
  await withScript([
    { request: `PATCH ${SESSION}`, cutAfter: 2 },
    { request: `GET ${SESSION}`, status: 204, answer: { range: "0-1" } },
  ], async (transport) => {
    await assert.rejects(upload(transport, tenBytes()), LOST);
  });
});

Deno.test("uploadStreamed() goes on when only the answer was lost", async () => {
  await withScript([
    { request: `PATCH ${SESSION}`, body: "abcdefghij", lost: true },
    { request: `GET ${SESSION}`, status: 204, answer: { range: "0-9" } },
    { request: PUT, status: 201 },
  ], async (transport) => {
    await upload(transport, tenBytes());
  });
});

Deno.test("uploadStreamed() does not close a session with wrong bytes", async () => {
  await withScript([
    { request: `PATCH ${SESSION}`, cutAfter: 9 },
  ], async (transport) => {
    const content = contentOf("abcdefghiX", { digest: TEN_DIGEST, size: 10 });
    await assert.rejects(upload(transport, content), {
      name: "ContentMismatchError",
    });
  });
});

Deno.test("uploadStreamed() throws what the source fails with", async () => {
  await withScript([
    { request: `PATCH ${SESSION}`, cutAfter: 3 },
  ], async (transport) => {
    const error = new Error("The layer is damaged");
    let pulls = 0;
    const open = () =>
      Promise.resolve(
        new ReadableStream<Uint8Array>({
          pull(controller) {
            if (pulls++ > 0) throw error;
            controller.enqueue(new TextEncoder().encode("abc"));
          },
        }),
      );
    const content = { mediaType: "x", size: 10, open };
    await assert.rejects(upload(transport, content), error);
  });
});

Deno.test("uploadStreamed() throws a refusal", async () => {
  await withScript([
    { request: `PATCH ${SESSION}`, body: "abcdefghij", status: 403 },
  ], async (transport) => {
    await assert.rejects(upload(transport, tenBytes()), { status: 403 });
  });
});
