import { strict as assert } from "node:assert";
import type { Transport } from "../../src/http/transport.ts";
import { uploadBlob } from "../../src/registry/blob_upload.ts";
import type {
  ResumeOutcome,
  UploadCheckpoint,
} from "../../src/registry/upload_state.ts";
import {
  type ScriptedExchange,
  withScript,
} from "../support/scripted_server.ts";
import {
  contentOf,
  EMPTY_DIGEST,
  FOUR_DIGEST,
  scopeOf,
  TEN_DIGEST,
  tenBytes,
  zeros,
  ZEROS_DIGEST,
} from "./upload_fixture.ts";

const UPLOADS = "/v2/a/blobs/uploads/";

function post(session: string): ScriptedExchange {
  return {
    request: `POST ${UPLOADS}`,
    status: 202,
    answer: { location: `${UPLOADS}${session}?_state=0`, range: "0-0" },
  };
}

/** A chunk whose answer leads to the next location. */
function patch(session: string, start: number, body: string): ScriptedExchange {
  const end = start + body.length;
  return {
    request: `PATCH ${UPLOADS}${session}?_state=${start}`,
    headers: { "content-range": `${start}-${end - 1}` },
    body,
    status: 202,
    answer: {
      location: `${UPLOADS}${session}?_state=${end}`,
      range: `0-${end - 1}`,
    },
  };
}

function put(session: string, digest: string, size: number): ScriptedExchange {
  return {
    request: `PUT ${UPLOADS}${session}?_state=${size}&digest=${digest}`,
    status: 201,
  };
}

const HEAD = `HEAD /v2/a/blobs/${TEN_DIGEST}`;

/** An upload of ten bytes in three chunks, as every registry takes it. */
const CHUNKED = [
  post("1"),
  patch("1", 0, "abcd"),
  patch("1", 4, "efgh"),
  patch("1", 8, "ij"),
  put("1", TEN_DIGEST, 10),
];

Deno.test("uploadBlob() sends chunks to the latest location", async () => {
  await withScript(CHUNKED, async (transport) => {
    const progress: number[] = [];
    const content = tenBytes();
    const blob = await uploadBlob(scopeOf(transport), content, {
      onProgress: (bytes) => progress.push(bytes),
    });
    assert.deepEqual(blob, { digest: TEN_DIGEST, size: 10, bytesSent: 10 });
    assert.equal(content.opened, 1);
    assert.equal(progress.at(-1), 10);
    assert.ok(progress.every((bytes) => bytes <= 10));
  });
});

Deno.test("uploadBlob() sends chunks of a blob that nothing is known of", async () => {
  await withScript(CHUNKED, async (transport) => {
    const blob = await uploadBlob(
      scopeOf(transport),
      contentOf("abcdefghij"),
    );
    assert.deepEqual(blob, { digest: TEN_DIGEST, size: 10, bytesSent: 10 });
  });
});

Deno.test("uploadBlob() sends a blob of one chunk in two requests", async () => {
  await withScript([
    post("1"),
    { ...put("1", FOUR_DIGEST, 0), body: "abcd" },
  ], async (transport) => {
    await uploadBlob(scopeOf(transport), contentOf("abcd"));
  });
});

Deno.test("uploadBlob() sends a blob without bytes", async () => {
  await withScript([
    post("1"),
    { ...put("1", EMPTY_DIGEST, 0), headers: { "content-length": "0" } },
  ], async (transport) => {
    await uploadBlob(scopeOf(transport), contentOf("", { size: 0 }));
  });
});

Deno.test("uploadBlob() reads the next chunk while one travels, and no more", async () => {
  let released = () => {};
  const held = new Promise<void>((resolve) => released = resolve);
  await withScript(CHUNKED, async (transport) => {
    const read: string[] = [];
    const pieces = ["abcd", "efgh", "ij"];
    let nextRead = () => {};
    const secondRead = new Promise<void>((resolve) => nextRead = resolve);
    const open = () =>
      Promise.resolve(
        new ReadableStream<Uint8Array>({
          pull(controller) {
            const piece = pieces.shift();
            if (piece === undefined) return controller.close();
            read.push(piece);
            if (read.length === 3) nextRead();
            controller.enqueue(new TextEncoder().encode(piece));
          },
        }, { highWaterMark: 0 }),
      );
    const holding: Transport = async (request) => {
      if (request.method === "PATCH") await held;
      return await transport(request);
    };
    const upload = uploadBlob(scopeOf(holding), { mediaType: "x", open });
    await secondRead;
    // One chunk travels, one waits, and the first piece of the third tells
    // that the second is not the last.
    assert.deepEqual(read, ["abcd", "efgh", "ij"]);
    released();
    await upload;
  });
});

Deno.test("uploadBlob() starts again when the session is lost", async () => {
  await withScript([
    post("1"),
    patch("1", 0, "abcd"),
    { ...patch("1", 4, "efgh"), status: 404, answer: {} },
    { request: `DELETE ${UPLOADS}1?_state=4`, status: 404 },
    { request: HEAD, status: 404 },
    post("2"),
    patch("2", 0, "abcd"),
    patch("2", 4, "efgh"),
    patch("2", 8, "ij"),
    put("2", TEN_DIGEST, 10),
  ], async (transport) => {
    const content = tenBytes();
    const { bytesSent } = await uploadBlob(scopeOf(transport), content);
    assert.equal(bytesSent, 18);
    assert.equal(content.opened, 2);
  });
});

Deno.test("uploadBlob() starts again after 0-0, which may be no byte", async () => {
  await withScript([
    post("1"),
    { request: `PATCH ${UPLOADS}1?_state=0`, cutAfter: 0 },
    {
      request: `GET ${UPLOADS}1?_state=0`,
      status: 204,
      answer: { range: "0-0" },
    },
    { request: `DELETE ${UPLOADS}1?_state=0`, status: 204 },
    { request: HEAD, status: 404 },
    post("2"),
    patch("2", 0, "abcd"),
    patch("2", 4, "efgh"),
    patch("2", 8, "ij"),
    put("2", TEN_DIGEST, 10),
  ], async (transport) => {
    await uploadBlob(scopeOf(transport), tenBytes());
  });
});

Deno.test("uploadBlob() is done when the blob turns up before a new start", async () => {
  await withScript([
    post("1"),
    { ...patch("1", 0, "abcd"), status: 404, answer: {} },
    { request: `DELETE ${UPLOADS}1?_state=0`, status: 404 },
    { request: HEAD, status: 200, answer: { "content-length": "10" } },
  ], async (transport) => {
    const blob = await uploadBlob(scopeOf(transport), tenBytes());
    assert.deepEqual(blob, { digest: TEN_DIGEST, size: 10, bytesSent: 4 });
  });
});

Deno.test("uploadBlob() does not start again for ever", async () => {
  const lost = (session: string) => [
    post(session),
    { ...patch(session, 0, "abcd"), status: 404, answer: {} },
    { request: `DELETE ${UPLOADS}${session}?_state=0`, status: 404 },
  ];
  const script = ["1", "2", "3", "4", "5", "6"].flatMap((session) => [
    ...lost(session),
    ...session === "6" ? [] : [{ request: HEAD, status: 404 }],
  ]);
  await withScript(script, async (transport) => {
    await assert.rejects(uploadBlob(scopeOf(transport), tenBytes()), {
      name: "RegistryError",
      status: 404,
      message: 'Cannot upload a blob to "a": it was started again 5 times, ' +
        "and still the registry lost the session",
    });
  });
});

Deno.test("uploadBlob() throws what broke the last stream", async () => {
  const broken = (session: string) => [
    post(session),
    { request: `PATCH ${UPLOADS}${session}?_state=0`, cutAfter: 2 },
    { request: `GET ${UPLOADS}${session}?_state=0`, status: 204 },
    { request: `DELETE ${UPLOADS}${session}?_state=0`, status: 204 },
  ];
  const script = ["1", "2", "3", "4", "5", "6"].flatMap((session) => [
    ...broken(session),
    ...session === "6" ? [] : [{ request: HEAD, status: 404 }],
  ]);
  await withScript(script, async (transport) => {
    const scope = scopeOf(transport);
    scope.policy.giveUpChunks();
    await assert.rejects(uploadBlob(scope, tenBytes()), {
      name: "ConnectionError",
    });
  });
});

Deno.test("uploadBlob() streams for a registry that refuses chunks", async () => {
  await withScript([
    post("1"),
    patch("1", 0, "abcd"),
    { ...patch("1", 4, "efgh"), status: 400, answer: {} },
    { request: `DELETE ${UPLOADS}1?_state=4`, status: 204 },
    { request: HEAD, status: 404 },
    post("2"),
    {
      request: `PATCH ${UPLOADS}2?_state=0`,
      headers: { "content-range": null, "content-length": "10" },
      body: "abcdefghij",
      status: 202,
    },
    put("2", TEN_DIGEST, 0),
    post("3"),
    {
      request: `PATCH ${UPLOADS}3?_state=0`,
      headers: { "content-range": null },
      body: "abcdefghij",
      status: 202,
    },
    put("3", TEN_DIGEST, 0),
  ], async (transport) => {
    const scope = scopeOf(transport);
    await uploadBlob(scope, tenBytes());
    await uploadBlob(scope, tenBytes());
  });
});

Deno.test("uploadBlob() streams where chunks must be larger than they are", async () => {
  await withScript([
    {
      ...post("1"),
      answer: {
        location: `${UPLOADS}1?_state=0`,
        "oci-chunk-min-length": "5",
      },
    },
    {
      request: `PATCH ${UPLOADS}1?_state=0`,
      headers: { "content-range": null },
      body: "abcdefghij",
      status: 202,
    },
    put("1", TEN_DIGEST, 0),
  ], async (transport) => {
    await uploadBlob(scopeOf(transport), tenBytes());
  });
});

Deno.test("uploadBlob() sends a small blob in parts after a 413", async () => {
  const part = (start: number) => ({
    request: `PATCH ${UPLOADS}2?_state=${start}`,
    body: 524_288,
    status: 202,
    answer: {
      location: `${UPLOADS}2?_state=${start + 524_288}`,
      range: `0-${start + 524_287}`,
    },
  });
  await withScript([
    post("1"),
    { ...put("1", ZEROS_DIGEST, 0), body: 1_048_576, status: 413 },
    { request: `DELETE ${UPLOADS}1?_state=0`, status: 204 },
    { request: `HEAD /v2/a/blobs/${ZEROS_DIGEST}`, status: 404 },
    post("2"),
    part(0),
    part(524_288),
    put("2", ZEROS_DIGEST, 1_048_576),
  ], async (transport) => {
    await uploadBlob(scopeOf(transport, { chunkSize: 1_048_576 }), zeros());
  });
});

Deno.test("uploadBlob() cancels a session whose bytes are wrong", async () => {
  await withScript([
    post("1"),
    patch("1", 0, "abcd"),
    { request: `DELETE ${UPLOADS}1?_state=4`, status: 204 },
  ], async (transport) => {
    const content = contentOf("abcdefgX", { digest: TEN_DIGEST, size: 8 });
    await assert.rejects(uploadBlob(scopeOf(transport), content), {
      name: "ContentMismatchError",
    });
  });
});

Deno.test("uploadBlob() cancels the session when it is told to stop", async () => {
  await withScript([
    post("1"),
    patch("1", 0, "abcd"),
    { request: `DELETE ${UPLOADS}1?_state=4`, status: 204 },
  ], async (transport) => {
    const controller = new AbortController();
    const reason = new Error("Stopped");
    let told = 0;
    const upload = uploadBlob(scopeOf(transport), tenBytes(), {
      signal: controller.signal,
      onProgress: () => {
        // Two pieces are taken, then both are acknowledged.
        told += 1;
        if (told === 3) controller.abort(reason);
      },
    });
    await assert.rejects(upload, reason);
  });
});

Deno.test("uploadBlob() goes on where another process stopped", async () => {
  await withScript([
    {
      request: `GET ${UPLOADS}1?_state=4`,
      status: 204,
      answer: { location: `${UPLOADS}1?_state=6`, range: "0-5" },
    },
    patch("1", 6, "ghij"),
    put("1", TEN_DIGEST, 10),
  ], async (transport) => {
    const checkpoints: UploadCheckpoint[] = [];
    const { bytesSent } = await uploadBlob(scopeOf(transport), tenBytes(), {
      resume: { location: `${UPLOADS}1?_state=4`, offset: 4 },
      onCheckpoint: (checkpoint) => checkpoints.push(checkpoint),
    });
    assert.equal(bytesSent, 4);
    assert.deepEqual(checkpoints, [
      { location: `${UPLOADS}1?_state=6`, offset: 6 },
      { location: `${UPLOADS}1?_state=10`, offset: 10 },
      { location: `${UPLOADS}1?_state=10`, offset: 10, digest: TEN_DIGEST },
    ]);
  });
});

Deno.test("uploadBlob() sends nothing when another process finished", async () => {
  await withScript([{
    request: `HEAD /v2/a/blobs/${TEN_DIGEST}`,
    answer: { "content-length": "10" },
  }], async (transport) => {
    const progress: number[] = [];
    const blob = await uploadBlob(scopeOf(transport), contentOf("abcdefghij"), {
      resume: { location: `${UPLOADS}9`, offset: 10, digest: TEN_DIGEST },
      onProgress: (bytes) => progress.push(bytes),
    });
    assert.deepEqual(blob, { digest: TEN_DIGEST, size: 10, bytesSent: 0 });
    assert.deepEqual(progress, [10]);
  });
});

Deno.test("uploadBlob() starts anew when the other process's session is lost", async () => {
  await withScript([
    { request: `GET ${UPLOADS}9?_state=4`, status: 404 },
    { request: `HEAD /v2/a/blobs/${TEN_DIGEST}`, status: 404 },
    ...CHUNKED,
  ], async (transport) => {
    await uploadBlob(scopeOf(transport), tenBytes(), {
      resume: { location: `${UPLOADS}9?_state=4`, offset: 4 },
    });
  });
});

Deno.test("uploadBlob() leaves the session to a later process when it is stopped", async () => {
  await withScript([
    post("1"),
    patch("1", 0, "abcd"),
  ], async (transport) => {
    const controller = new AbortController();
    const reason = new Error("Stopped");
    const upload = uploadBlob(scopeOf(transport), tenBytes(), {
      signal: controller.signal,
      onCheckpoint: ({ offset }) => {
        if (offset > 0) controller.abort(reason);
      },
    });
    await assert.rejects(upload, reason);
  });
});

Deno.test("uploadBlob() tells where the session is before it sends the first chunk", async () => {
  await withScript(CHUNKED, async (transport) => {
    const checkpoints: UploadCheckpoint[] = [];
    await uploadBlob(scopeOf(transport), tenBytes(), {
      onCheckpoint: (checkpoint) => checkpoints.push(checkpoint),
    });
    assert.deepEqual(checkpoints[0], {
      location: `${UPLOADS}1?_state=0`,
      offset: 0,
    });
  });
});

Deno.test("uploadBlob() starts anew when a registry has more than the blob", async () => {
  await withScript([
    {
      request: `GET ${UPLOADS}9`,
      status: 204,
      answer: { location: `${UPLOADS}9`, range: "0-10" },
    },
    { request: `DELETE ${UPLOADS}9`, status: 204 },
    { request: `HEAD /v2/a/blobs/${TEN_DIGEST}`, status: 404 },
    ...CHUNKED,
  ], async (transport) => {
    const outcomes: ResumeOutcome[] = [];
    await uploadBlob(scopeOf(transport), tenBytes(), {
      resume: { location: `${UPLOADS}9`, offset: 4 },
      onResume: (outcome) => outcomes.push(outcome),
    });
    assert.deepEqual(outcomes, [{ kind: "resumed", offset: 11 }]);
  });
});

Deno.test("uploadBlob() starts anew when a registry does not tell what it has", async () => {
  await withScript([
    { request: `GET ${UPLOADS}9`, status: 400 },
    { request: `DELETE ${UPLOADS}9`, status: 400 },
    ...CHUNKED,
  ], async (transport) => {
    const outcomes: ResumeOutcome[] = [];
    await uploadBlob(scopeOf(transport), tenBytes(), {
      resume: { location: `${UPLOADS}9`, offset: 4 },
      onResume: (outcome) => outcomes.push(outcome),
    });
    assert.deepEqual(outcomes, [{ kind: "untold" }]);
  });
});

Deno.test("uploadBlob() starts anew when it may not ask what a registry has", async () => {
  await withScript([
    { request: `GET ${UPLOADS}9`, status: 403 },
    { request: `HEAD /v2/a/blobs/${TEN_DIGEST}`, status: 404 },
    ...CHUNKED,
  ], async (transport) => {
    const outcomes: ResumeOutcome[] = [];
    await uploadBlob(scopeOf(transport), tenBytes(), {
      resume: { location: `${UPLOADS}9`, offset: 4 },
      onResume: (outcome) => outcomes.push(outcome),
    });
    assert.deepEqual(outcomes, [{ kind: "lost" }]);
  });
});
