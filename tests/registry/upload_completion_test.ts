import { strict as assert } from "node:assert";
import type { Transport } from "../../src/http/transport.ts";
import { Chunk } from "../../src/registry/chunk_reader.ts";
import {
  completeUpload,
  uploadWhole,
} from "../../src/registry/upload_completion.ts";
import { UploadState } from "../../src/registry/upload_state.ts";
import {
  type ScriptedExchange,
  withScript,
} from "../support/scripted_server.ts";
import {
  FOUR_DIGEST,
  scopeOf,
  sessionOf,
  ZEROS_DIGEST,
} from "./upload_fixture.ts";

const UPLOADS = "/v2/a/blobs/uploads/";
const SESSION = `${UPLOADS}1`;
const PUT = `PUT ${SESSION}?digest=${FOUR_DIGEST}`;
const HEAD = `HEAD /v2/a/blobs/${FOUR_DIGEST}`;
const BLOB = { digest: FOUR_DIGEST, size: 4 };
const LOST = { name: "UploadLostError" };
const WRONG = '{"errors":[{"code":"DIGEST_INVALID"}]}';

/** What follows when a session is given up: all bytes go into another one. */
const ABCD_IN_NEW_SESSION: readonly ScriptedExchange[] = [
  { request: `DELETE ${SESSION}`, status: 204 },
  {
    request: `POST ${UPLOADS}`,
    status: 202,
    answer: { location: `${UPLOADS}2` },
  },
  {
    request: `PUT ${UPLOADS}2?digest=${FOUR_DIGEST}`,
    body: "abcd",
    status: 201,
  },
];

function stateOf(transport: Transport): UploadState {
  const scope = scopeOf(transport, { retry: { maxAttempts: 5 } });
  return new UploadState(scope, sessionOf(scope, SESSION));
}

function abcd(): Chunk {
  return new Chunk(0, [new TextEncoder().encode("abcd")]);
}

Deno.test("completeUpload() closes the session", async () => {
  await withScript([{ request: PUT, status: 201 }], async (transport) => {
    await completeUpload(stateOf(transport), BLOB, abcd());
  });
});

Deno.test("completeUpload() looks the blob up when the answer is lost", async () => {
  await withScript([
    { request: PUT, lost: true },
    { request: HEAD, status: 200, answer: { "content-length": "4" } },
  ], async (transport) => {
    await completeUpload(stateOf(transport), BLOB, abcd());
  });
});

Deno.test("completeUpload() closes again when the blob is not there yet", async () => {
  await withScript([
    { request: PUT, status: 503 },
    { request: HEAD, status: 404 },
    { request: `GET ${SESSION}`, status: 204, answer: { range: "0-3" } },
    { request: PUT, status: 201 },
  ], async (transport) => {
    await completeUpload(stateOf(transport), BLOB, abcd());
  });
});

Deno.test("completeUpload() sends again what the registry lost of the last chunk", async () => {
  await withScript([
    { request: PUT, status: 500 },
    { request: HEAD, status: 404 },
    { request: `GET ${SESSION}`, status: 204, answer: { range: "0-1" } },
    { request: `GET ${SESSION}`, status: 204, answer: { range: "0-1" } },
    {
      request: `PATCH ${SESSION}`,
      headers: { "content-range": "2-3" },
      body: "cd",
      status: 202,
      answer: { range: "0-3" },
    },
    { request: PUT, status: 201 },
  ], async (transport) => {
    await completeUpload(stateOf(transport), BLOB, abcd());
  });
});

Deno.test("completeUpload() closes again where a registry cannot be asked", async () => {
  await withScript([
    { request: PUT, lost: true },
    { request: HEAD, status: 404 },
    { request: `GET ${SESSION}`, status: 400 },
    { request: PUT, status: 201 },
  ], async (transport) => {
    await completeUpload(stateOf(transport), BLOB, abcd());
  });
});

Deno.test("completeUpload() gives the upload up when the registry has other bytes", async () => {
  await withScript([
    { request: PUT, status: 400, text: WRONG },
    { request: HEAD, status: 404 },
  ], async (transport) => {
    await assert.rejects(completeUpload(stateOf(transport), BLOB, abcd()), {
      ...LOST,
      message: "The registry has other bytes than were sent",
    });
  });
});

Deno.test("completeUpload() gives the upload up when the session is gone", async () => {
  await withScript([
    { request: PUT, status: 404 },
    { request: HEAD, status: 404 },
  ], async (transport) => {
    await assert.rejects(
      completeUpload(stateOf(transport), BLOB, abcd()),
      LOST,
    );
  });
});

Deno.test("completeUpload() finds the blob that took the session with it", async () => {
  await withScript([
    { request: PUT, lost: true },
    { request: HEAD, status: 404 },
    { request: `GET ${SESSION}`, status: 404 },
    { request: HEAD, status: 200, answer: { "content-length": "4" } },
  ], async (transport) => {
    await completeUpload(stateOf(transport), BLOB, abcd());
  });
});

Deno.test("completeUpload() waits for the same request that is under way still", async () => {
  await withScript([
    { request: PUT, lost: true },
    { request: HEAD, status: 404 },
    { request: `GET ${SESSION}`, status: 204, answer: { range: "0-3" } },
    { request: PUT, status: 416 },
    { request: HEAD, status: 404 },
    { request: `GET ${SESSION}`, status: 404 },
    { request: HEAD, status: 200, answer: { "content-length": "4" } },
  ], async (transport) => {
    await completeUpload(stateOf(transport), BLOB, abcd());
  });
});

Deno.test("completeUpload() takes a 416 for a refusal when it stays", async () => {
  const refusal = [
    { request: PUT, status: 416 },
    { request: HEAD, status: 404 },
  ];
  const asked = {
    request: `GET ${SESSION}`,
    status: 204,
    answer: { range: "0-3" },
  };
  const again = [asked, ...refusal];
  await withScript(
    [...refusal, ...again, ...again, ...again, ...again],
    async (transport) => {
      const scope = scopeOf(transport);
      const state = new UploadState(scope, sessionOf(scope, SESSION));
      await assert.rejects(completeUpload(state, BLOB, abcd()), {
        name: "RegistryError",
        status: 416,
      });
    },
  );
});

Deno.test("completeUpload() does not repeat a refusal", async () => {
  await withScript([
    { request: PUT, status: 403 },
    { request: HEAD, status: 404 },
  ], async (transport) => {
    await assert.rejects(completeUpload(stateOf(transport), BLOB, abcd()), {
      name: "RegistryError",
      status: 403,
    });
  });
});

Deno.test("uploadWhole() sends the blob in the request that closes", async () => {
  await withScript([
    { request: PUT, body: "abcd", status: 201 },
  ], async (transport) => {
    const state = stateOf(transport);
    await uploadWhole(state, BLOB, abcd());
    assert.equal(state.acknowledged, 4);
    assert.equal(state.bytesSent, 4);
  });
});

Deno.test("uploadWhole() uses a new session after a failure", async () => {
  await withScript([
    { request: PUT, cutAfter: 2 },
    { request: HEAD, status: 404 },
    ...ABCD_IN_NEW_SESSION,
  ], async (transport) => {
    await uploadWhole(stateOf(transport), BLOB, abcd());
  });
});

Deno.test("uploadWhole() sends nothing again when only the answer was lost", async () => {
  await withScript([
    { request: PUT, body: "abcd", lost: true },
    { request: HEAD, status: 200 },
  ], async (transport) => {
    await uploadWhole(stateOf(transport), BLOB, abcd());
  });
});

Deno.test("uploadWhole() uses a new session after a 416", async () => {
  await withScript([
    { request: PUT, body: "abcd", status: 416 },
    { request: HEAD, status: 404 },
    ...ABCD_IN_NEW_SESSION,
  ], async (transport) => {
    await uploadWhole(stateOf(transport), BLOB, abcd());
  });
});

Deno.test("uploadWhole() makes chunks smaller after a 413", async () => {
  await withScript([{
    request: `PUT ${SESSION}?digest=${ZEROS_DIGEST}`,
    body: 1_048_576,
    status: 413,
  }], async (transport) => {
    const scope = scopeOf(transport, { chunkSize: 1_048_576 });
    const state = new UploadState(scope, sessionOf(scope, SESSION));
    const chunk = new Chunk(0, [new Uint8Array(1_048_576)]);
    const blob = { digest: ZEROS_DIGEST, size: 1_048_576 };
    await assert.rejects(uploadWhole(state, blob, chunk), LOST);
    assert.equal(scope.policy.size, 524_288);
  });
});
