import { strict as assert } from "node:assert";
import { RegistryError } from "../../src/registry/registry_error.ts";
import { Chunk } from "../../src/registry/chunk_reader.ts";
import { withScript } from "../support/scripted_server.ts";
import {
  FOUR_DIGEST,
  scopeOf,
  sessionOf,
  streamOf,
  TEN_DIGEST,
} from "./upload_fixture.ts";

const UPLOADS = "/v2/a/blobs/uploads/";
const OCTETS = "application/octet-stream";

function chunkAt(start: number, text: string): Chunk {
  return new Chunk(start, [new TextEncoder().encode(text)]);
}

Deno.test("UploadSession.sendChunk() states range, length and type", async () => {
  await withScript([{
    request: `PATCH ${UPLOADS}1?_state=x%3D`,
    headers: {
      "content-range": "4-7",
      "content-length": "4",
      "content-type": OCTETS,
      "transfer-encoding": null,
    },
    body: "efgh",
    status: 202,
    answer: { location: `${UPLOADS}1?_state=y%3D`, range: "0-7" },
  }], async (transport) => {
    const session = sessionOf(scopeOf(transport), `${UPLOADS}1?_state=x%3D`);
    const range = await session.sendChunk(chunkAt(4, "efgh"));
    assert.deepEqual(range, { kind: "offset", offset: 8 });
    assert.equal(session.location, `${UPLOADS}1?_state=y%3D`);
  });
});

Deno.test("UploadSession.sendChunk() accepts 201 and 204 as well", async () => {
  await withScript([
    { request: `PATCH ${UPLOADS}1`, body: "abcd", status: 201 },
    { request: `PATCH ${UPLOADS}1`, body: "efgh", status: 204 },
  ], async (transport) => {
    const session = sessionOf(scopeOf(transport), `${UPLOADS}1`);
    await session.sendChunk(chunkAt(0, "abcd"));
    await session.sendChunk(chunkAt(4, "efgh"));
  });
});

Deno.test("UploadSession.sendChunk() keeps the location when none is sent", async () => {
  await withScript([
    { request: `PATCH ${UPLOADS}1?x=1`, body: "abcd", status: 202 },
  ], async (transport) => {
    const session = sessionOf(scopeOf(transport), `${UPLOADS}1?x=1`);
    await session.sendChunk(chunkAt(0, "abcd"));
    assert.equal(session.location, `${UPLOADS}1?x=1`);
  });
});

Deno.test("UploadSession rejects a location outside of the repository", async () => {
  await withScript([{
    request: `PATCH ${UPLOADS}1`,
    body: "abcd",
    status: 202,
    answer: { location: "/v2/other/blobs/uploads/1" },
  }], async (transport) => {
    const session = sessionOf(scopeOf(transport), `${UPLOADS}1`);
    await assert.rejects(session.sendChunk(chunkAt(0, "abcd")), {
      name: "RegistryError",
      message: 'Cannot upload a blob to "a": the registry names a place ' +
        "outside of the repository to send it to",
    });
  });
});

Deno.test("UploadSession.sendChunk() tells the bytes as they are taken", async () => {
  await withScript([
    { request: `PATCH ${UPLOADS}1`, body: 300_000, status: 202 },
  ], async (transport) => {
    const taken: number[] = [];
    const session = sessionOf(scopeOf(transport), `${UPLOADS}1`);
    await session.sendChunk(new Chunk(0, [new Uint8Array(300_000)]), {
      onSlice: (bytes) => taken.push(bytes),
    });
    assert.deepEqual(taken, [262_144, 37_856]);
  });
});

Deno.test("UploadSession.sendChunk() throws what the registry says", async () => {
  await withScript([{
    request: `PATCH ${UPLOADS}1`,
    body: "abcd",
    status: 416,
    text: '{"errors":[{"code":"RANGE_INVALID","message":"out of order"}]}',
  }], async (transport) => {
    const session = sessionOf(scopeOf(transport), `${UPLOADS}1`);
    await assert.rejects(session.sendChunk(chunkAt(0, "abcd")), (error) => {
      assert.ok(error instanceof RegistryError);
      assert.equal(error.status, 416);
      assert.equal(error.hasCode("RANGE_INVALID"), true);
      return true;
    });
  });
});

Deno.test("UploadSession.sendStream() has no Content-Range and a known length", async () => {
  await withScript([{
    request: `PATCH ${UPLOADS}1`,
    headers: {
      "content-range": null,
      "content-length": "4",
      "content-type": OCTETS,
    },
    body: "abcd",
    status: 202,
  }], async (transport) => {
    const bytes = new TextEncoder().encode("abcd");
    await sessionOf(scopeOf(transport), `${UPLOADS}1`)
      .sendStream({ stream: () => streamOf(bytes, 3), size: 4 });
  });
});

Deno.test("UploadSession.sendStream() sends an unknown length in pieces", async () => {
  await withScript([{
    request: `PATCH ${UPLOADS}1`,
    headers: { "content-length": null, "transfer-encoding": "chunked" },
    body: "abcd",
    status: 202,
  }], async (transport) => {
    const bytes = new TextEncoder().encode("abcd");
    await sessionOf(scopeOf(transport), `${UPLOADS}1`)
      .sendStream({ stream: () => streamOf(bytes, 3) });
  });
});

Deno.test("UploadSession.uploadRange() asks and moves on", async () => {
  await withScript([{
    request: `GET ${UPLOADS}1?_state=x`,
    status: 204,
    answer: { location: `${UPLOADS}1?_state=y`, range: "0-41" },
  }], async (transport) => {
    const session = sessionOf(scopeOf(transport), `${UPLOADS}1?_state=x`);
    assert.deepEqual(await session.uploadRange(), {
      kind: "offset",
      offset: 42,
    });
    assert.equal(session.location, `${UPLOADS}1?_state=y`);
  });
});

Deno.test("UploadSession.standsAt() sends no byte after the offset", async () => {
  await withScript([
    {
      request: `PATCH ${UPLOADS}1`,
      headers: { "content-range": "8-7", "content-length": "0" },
      status: 416,
    },
    {
      request: `PATCH ${UPLOADS}1`,
      headers: { "content-range": "4-3", "content-length": "0" },
      status: 202,
    },
  ], async (transport) => {
    const session = sessionOf(scopeOf(transport), `${UPLOADS}1`);
    assert.equal(await session.standsAt(8), false);
    assert.equal(await session.standsAt(4), true);
  });
});

Deno.test("UploadSession.complete() adds the digest to the query", async () => {
  await withScript([{
    request: `PUT ${UPLOADS}1?_state=x%3D&digest=${FOUR_DIGEST}`,
    headers: { "content-length": "0", "content-range": null },
    status: 201,
    answer: {
      location: `/v2/a/blobs/${FOUR_DIGEST}`,
      "docker-content-digest": FOUR_DIGEST,
    },
  }], async (transport) => {
    await sessionOf(scopeOf(transport), `${UPLOADS}1?_state=x%3D`)
      .complete(FOUR_DIGEST, new Chunk(4, []));
  });
});

Deno.test("UploadSession.complete() may send the last bytes", async () => {
  await withScript([{
    request: `PUT ${UPLOADS}1?digest=${FOUR_DIGEST}`,
    headers: { "content-length": "4", "content-type": OCTETS },
    body: "abcd",
    status: 201,
  }], async (transport) => {
    await sessionOf(scopeOf(transport), `${UPLOADS}1`)
      .complete(FOUR_DIGEST, chunkAt(0, "abcd"));
  });
});

Deno.test("UploadSession.complete() rejects another stored digest", async () => {
  await withScript([{
    request: `PUT ${UPLOADS}1?digest=${FOUR_DIGEST}`,
    status: 201,
    answer: { "docker-content-digest": TEN_DIGEST },
  }], async (transport) => {
    await assert.rejects(
      sessionOf(scopeOf(transport), `${UPLOADS}1`)
        .complete(FOUR_DIGEST, new Chunk(4, [])),
      {
        name: "RegistryError",
        message: 'Cannot upload a blob to "a": the registry stored it as ' +
          `"${TEN_DIGEST}", must be "${FOUR_DIGEST}"`,
      },
    );
  });
});

Deno.test("UploadSession.complete() accepts a digest of another algorithm", async () => {
  await withScript([{
    request: `PUT ${UPLOADS}1?digest=${FOUR_DIGEST}`,
    status: 201,
    answer: { "docker-content-digest": `sha512:${"a".repeat(128)}` },
  }], async (transport) => {
    await sessionOf(scopeOf(transport), `${UPLOADS}1`)
      .complete(FOUR_DIGEST, new Chunk(4, []));
  });
});

Deno.test("UploadSession.cancel() gives the session up and bears a refusal", async () => {
  await withScript([
    { request: `DELETE ${UPLOADS}1?_state=x`, status: 204 },
    { request: `DELETE ${UPLOADS}1?_state=x`, status: 400 },
    { request: `DELETE ${UPLOADS}1?_state=x`, lost: true },
  ], async (transport) => {
    const session = sessionOf(scopeOf(transport), `${UPLOADS}1?_state=x`);
    await session.cancel();
    await session.cancel();
    await session.cancel();
  });
});
