import { strict as assert } from "node:assert";
import type { Transport } from "../../src/http/transport.ts";
import { Chunk } from "../../src/registry/chunk_reader.ts";
import { resendChunk, sendChunk } from "../../src/registry/chunk_sender.ts";
import { UploadState } from "../../src/registry/upload_state.ts";
import {
  type ScriptedExchange,
  withScript,
} from "../support/scripted_server.ts";
import { scopeOf, sessionOf } from "./upload_fixture.ts";

const SESSION = "/v2/a/blobs/uploads/1";

/** A chunk that goes through. */
function patch(range: string, body: string, reached: string): ScriptedExchange {
  return {
    request: `PATCH ${SESSION}`,
    headers: { "content-range": range },
    body,
    status: 202,
    answer: { range: reached },
  };
}

/** The state of an upload whose chunks are sent whole, unless told otherwise. */
function stateOf(
  transport: Transport,
  options: { chunkSize?: number; onProgress?: (bytes: number) => void } = {},
): UploadState {
  const { chunkSize = 1_048_576, onProgress } = options;
  const scope = scopeOf(transport, {
    chunkSize,
    retry: { maxAttempts: 20 },
  });
  return new UploadState(
    scope,
    sessionOf(scope, SESSION),
    onProgress && { onProgress },
  );
}

function efgh(): Chunk {
  return new Chunk(4, [new TextEncoder().encode("efgh")]);
}

function asked(range: string): ScriptedExchange {
  return { request: `GET ${SESSION}`, status: 204, answer: { range } };
}

const LOST = { name: "UploadLostError" };

Deno.test("sendChunk() is done when the registry acknowledges all", async () => {
  await withScript([patch("4-7", "efgh", "0-7")], async (transport) => {
    const progress: number[] = [];
    const onProgress = (bytes: number) => progress.push(bytes);
    const state = stateOf(transport, { onProgress });
    await sendChunk(state, efgh());
    assert.equal(state.acknowledged, 8);
    assert.equal(state.bytesSent, 4);
    assert.deepEqual(progress, [8, 8]);
  });
});

Deno.test("sendChunk() takes a missing Range for all", async () => {
  const exchange = { ...patch("4-7", "efgh", ""), answer: {} };
  await withScript([exchange], async (transport) => {
    const state = stateOf(transport);
    await sendChunk(state, efgh());
    assert.equal(state.acknowledged, 8);
  });
});

Deno.test("sendChunk() asks after a cut and sends what is missing", async () => {
  await withScript([
    { request: `PATCH ${SESSION}`, cutAfter: 2 },
    asked("0-5"),
    patch("6-7", "gh", "0-7"),
  ], async (transport) => {
    const state = stateOf(transport);
    await sendChunk(state, efgh());
    assert.equal(state.acknowledged, 8);
  });
});

Deno.test("sendChunk() sends all again when nothing arrived", async () => {
  await withScript([
    { request: `PATCH ${SESSION}`, cutAfter: 0 },
    asked("0-3"),
    patch("4-7", "efgh", "0-7"),
  ], async (transport) => {
    await sendChunk(stateOf(transport), efgh());
  });
});

Deno.test("sendChunk() sends nothing again when only the answer was lost", async () => {
  await withScript([
    { request: `PATCH ${SESSION}`, body: "efgh", lost: true },
    asked("0-7"),
  ], async (transport) => {
    await sendChunk(stateOf(transport), efgh());
  });
});

Deno.test("sendChunk() asks again while the registry cannot answer", async () => {
  await withScript([
    { request: `PATCH ${SESSION}`, body: "efgh", status: 503 },
    { request: `GET ${SESSION}`, status: 502 },
    { request: `GET ${SESSION}`, lost: true },
    asked("0-3"),
    patch("4-7", "efgh", "0-7"),
  ], async (transport) => {
    await sendChunk(stateOf(transport), efgh());
  });
});

Deno.test("sendChunk() goes on where the latest answer says", async () => {
  await withScript([
    { request: `PATCH ${SESSION}`, body: "efgh", status: 500 },
    {
      request: `GET ${SESSION}`,
      status: 204,
      answer: { range: "0-3", location: `${SESSION}?_state=new` },
    },
    {
      request: `PATCH ${SESSION}?_state=new`,
      body: "efgh",
      status: 202,
      answer: { range: "0-7" },
    },
  ], async (transport) => {
    await sendChunk(stateOf(transport), efgh());
  });
});

Deno.test("sendChunk() sends the rest of a chunk that was taken in part", async () => {
  await withScript([
    patch("4-7", "efgh", "0-4"),
    patch("5-7", "fgh", "0-7"),
  ], async (transport) => {
    await sendChunk(stateOf(transport), efgh());
  });
});

Deno.test("sendChunk() asks when the registry is at another byte after a failure", async () => {
  await withScript([
    { request: `PATCH ${SESSION}`, cutAfter: 1 },
    asked("0-4"),
    // The broken request went on in the registry for a while.
    { request: `PATCH ${SESSION}`, body: "fgh", status: 416 },
    asked("0-6"),
    patch("7-7", "h", "0-7"),
  ], async (transport) => {
    await sendChunk(stateOf(transport), efgh());
  });
});

Deno.test("sendChunk() gives up when the registry never agrees", async () => {
  const disagreement = [
    { request: `PATCH ${SESSION}`, body: "efgh", status: 416 },
    asked("0-3"),
  ];
  await withScript([
    { request: `PATCH ${SESSION}`, lost: true, body: "efgh" },
    asked("0-3"),
    ...disagreement,
    ...disagreement,
    { request: `PATCH ${SESSION}`, body: "efgh", status: 416 },
  ], async (transport) => {
    const scope = scopeOf(transport, {
      chunkSize: 4,
      retry: { maxAttempts: 4 },
    });
    const state = new UploadState(scope, sessionOf(scope, SESSION));
    state.acknowledge(4);
    await assert.rejects(sendChunk(state, efgh()), LOST);
    assert.equal(scope.policy.streamed, false);
  });
});

Deno.test("sendChunk() gives the upload up when the session is lost", async () => {
  for (
    const answer of [
      { status: 404 },
      { status: 400, text: '{"errors":[{"code":"BLOB_UPLOAD_INVALID"}]}' },
      { status: 400, text: '{"errors":[{"code":"BLOB_UPLOAD_UNKNOWN"}]}' },
    ]
  ) {
    await withScript([
      { request: `PATCH ${SESSION}`, body: "efgh", ...answer },
    ], async (transport) => {
      await assert.rejects(sendChunk(stateOf(transport), efgh()), LOST);
    });
    await withScript([
      { request: `PATCH ${SESSION}`, cutAfter: 1 },
      { request: `GET ${SESSION}`, ...answer, status: 404 },
    ], async (transport) => {
      await assert.rejects(sendChunk(stateOf(transport), efgh()), LOST);
    });
  }
});

Deno.test("sendChunk() gives the upload up when bytes before the chunk are lost", async () => {
  for (const range of ["0-2", "0--1", "0-0", "0-8"]) {
    await withScript([
      { request: `PATCH ${SESSION}`, cutAfter: 1 },
      asked(range),
    ], async (transport) => {
      await assert.rejects(sendChunk(stateOf(transport), efgh()), LOST, range);
    });
  }
});

Deno.test("sendChunk() gives the upload up when a chunk was appended twice", async () => {
  await withScript([patch("4-7", "efgh", "0-11")], async (transport) => {
    await assert.rejects(sendChunk(stateOf(transport), efgh()), {
      ...LOST,
      message: "The registry has 12 bytes, 8 were sent",
    });
  });
});

Deno.test("sendChunk() gives chunks up when the registry drops them", async () => {
  for (const reached of ["0-3", "0-0"]) {
    await withScript([patch("4-7", "efgh", reached)], async (transport) => {
      const state = stateOf(transport);
      await assert.rejects(sendChunk(state, efgh()), LOST);
      assert.equal(state.scope.policy.streamed, true);
    });
  }
});

Deno.test("sendChunk() gives chunks up when the registry refuses their form", async () => {
  for (const status of [400, 405, 411, 415]) {
    await withScript([
      { request: `PATCH ${SESSION}`, body: "efgh", status },
    ], async (transport) => {
      const state = stateOf(transport);
      await assert.rejects(sendChunk(state, efgh()), LOST);
      assert.equal(state.scope.policy.streamed, true);
    });
  }
});

Deno.test("sendChunk() finds a registry without status by an empty chunk", async () => {
  await withScript([
    { request: `PATCH ${SESSION}`, cutAfter: 0 },
    { request: `GET ${SESSION}`, status: 400 },
    patch("4-3", "", "0-3"),
    patch("4-7", "efgh", "0-7"),
  ], async (transport) => {
    await sendChunk(stateOf(transport), efgh());
  });
});

Deno.test("sendChunk() finds out that a registry without status has all", async () => {
  await withScript([
    { request: `PATCH ${SESSION}`, body: "efgh", lost: true },
    { request: `GET ${SESSION}`, status: 405 },
    { ...patch("4-3", "", ""), status: 416 },
    patch("8-7", "", "0-7"),
  ], async (transport) => {
    await sendChunk(stateOf(transport), efgh());
  });
});

Deno.test("sendChunk() gives up when a registry without status has a part", async () => {
  await withScript([
    { request: `PATCH ${SESSION}`, cutAfter: 2 },
    { request: `GET ${SESSION}`, status: 400 },
    { ...patch("4-3", "", ""), status: 416 },
    { ...patch("8-7", "", ""), status: 416 },
  ], async (transport) => {
    await assert.rejects(sendChunk(stateOf(transport), efgh()), LOST);
  });
});

function mebibyte(): Chunk {
  return new Chunk(0, [new Uint8Array(1_048_576)]);
}

Deno.test("sendChunk() sends smaller chunks after a 413", async () => {
  await withScript([
    { request: `PATCH ${SESSION}`, body: 1_048_576, status: 413 },
    { request: `GET ${SESSION}`, status: 204, answer: { range: "0--1" } },
    {
      request: `PATCH ${SESSION}`,
      headers: { "content-range": "0-524287" },
      body: 524_288,
      status: 202,
      answer: { range: "0-524287" },
    },
    {
      request: `PATCH ${SESSION}`,
      headers: { "content-range": "524288-1048575" },
      body: 524_288,
      status: 202,
      answer: { range: "0-1048575" },
    },
  ], async (transport) => {
    const state = stateOf(transport);
    await sendChunk(state, mebibyte());
    assert.equal(state.scope.policy.size, 524_288);
  });
});

Deno.test("sendChunk() says so when even the smallest chunk gets a 413", async () => {
  await withScript([{
    request: `PATCH ${SESSION}`,
    body: 4,
    status: 413,
    text: "<html><title>413 Request Entity Too Large</title></html>",
  }], async (transport) => {
    await assert.rejects(sendChunk(stateOf(transport), efgh()), {
      name: "RegistryError",
      status: 413,
      message: 'Cannot upload a blob to "a": something in front of the ' +
        "registry refuses 4 bytes in one request (413)\nRaise its limit for " +
        "request bodies (nginx: client_max_body_size)",
    });
  });
});

Deno.test("sendChunk() sends smaller chunks after a 416 without a failure before", async () => {
  await withScript([
    { request: `PATCH ${SESSION}`, body: 1_048_576, status: 416 },
    { request: `GET ${SESSION}`, status: 204, answer: { range: "0--1" } },
    { request: `GET ${SESSION}`, status: 204, answer: { range: "0--1" } },
    {
      request: `PATCH ${SESSION}`,
      body: 524_288,
      status: 202,
      answer: { range: "0-524287" },
    },
    {
      request: `PATCH ${SESSION}`,
      body: 524_288,
      status: 202,
      answer: { range: "0-1048575" },
    },
  ], async (transport) => {
    await sendChunk(stateOf(transport), mebibyte());
  });
});

Deno.test("sendChunk() goes on when a 416 came because the chunk came twice", async () => {
  await withScript([
    { request: `PATCH ${SESSION}`, body: "efgh", status: 416 },
    { request: `GET ${SESSION}`, status: 204, answer: { range: "0-7" } },
    { request: `GET ${SESSION}`, status: 204, answer: { range: "0-7" } },
  ], async (transport) => {
    const state = stateOf(transport);
    await sendChunk(state, efgh());
    assert.equal(state.acknowledged, 8);
    assert.equal(state.scope.policy.streamed, false);
  });
});

Deno.test("sendChunk() asks again when a 416 leaves the offset open", async () => {
  await withScript([
    { request: `PATCH ${SESSION}`, body: "efgh", status: 416 },
    { request: `GET ${SESSION}`, status: 503 },
    { request: `GET ${SESSION}`, status: 204, answer: { range: "0-3" } },
    {
      request: `PATCH ${SESSION}`,
      body: "efgh",
      status: 202,
      answer: { range: "0-7" },
    },
  ], async (transport) => {
    await sendChunk(stateOf(transport), efgh());
  });
});

Deno.test("sendChunk() gives chunks up when the smallest gets a 416", async () => {
  await withScript([
    { request: `PATCH ${SESSION}`, body: "efgh", status: 416 },
    { request: `GET ${SESSION}`, status: 204, answer: { range: "0-3" } },
  ], async (transport) => {
    const state = stateOf(transport);
    await assert.rejects(sendChunk(state, efgh()), LOST);
    assert.equal(state.scope.policy.streamed, true);
  });
});

Deno.test("sendChunk() does not try again what is denied or full", async () => {
  for (
    const [status, text, message] of [
      [403, '{"errors":[{"code":"DENIED"}]}', /answers 403, DENIED$/],
      [401, "", /answers 401/],
      [507, "", /no space left \(status 507\)/],
      [500, '{"errors":[{"code":"UNKNOWN","detail":{"Err":28}}]}', /no space/],
    ] as const
  ) {
    await withScript([
      { request: `PATCH ${SESSION}`, body: "efgh", status, text },
    ], async (transport) => {
      await assert.rejects(sendChunk(stateOf(transport), efgh()), {
        name: "RegistryError",
        message,
      });
    });
  }
});

Deno.test("resendChunk() asks before it sends anything", async () => {
  await withScript([
    asked("0-5"),
    patch("6-7", "gh", "0-7"),
  ], async (transport) => {
    await resendChunk(stateOf(transport), efgh());
  });
});
