import { strict as assert } from "node:assert";
import type { Transport } from "../../src/http/transport.ts";
import { openBlob } from "../../src/registry/blob_fetch.ts";
import { withScript } from "../support/scripted_server.ts";
import { scopeOf, TEN_DIGEST } from "./upload_fixture.ts";

const GET = `GET /v2/a/blobs/${TEN_DIGEST}`;
const BLOB = {
  mediaType: "application/octet-stream",
  digest: TEN_DIGEST,
  size: 10,
};

async function fetchText(transport: Transport, offset = 0): Promise<string> {
  const scope = scopeOf(transport, { retry: { maxAttempts: 4 } });
  return await new Response(await openBlob(scope, BLOB, { offset })).text();
}

Deno.test("openBlob() fetches a blob as it is stored", async () => {
  await withScript([{
    request: GET,
    headers: { range: null, "accept-encoding": "identity" },
    text: "abcdefghij",
  }], async (transport) => {
    assert.equal(await fetchText(transport), "abcdefghij");
  });
});

Deno.test("openBlob() goes on where a transfer broke", async () => {
  await withScript([
    { request: GET, text: "abcdefghij", truncate: 3 },
    { request: GET, status: 503 },
    {
      request: GET,
      headers: { range: "bytes=3-9" },
      status: 206,
      answer: { "content-range": "bytes 3-9/10" },
      text: "defghij",
    },
  ], async (transport) => {
    assert.equal(await fetchText(transport), "abcdefghij");
  });
});

Deno.test("openBlob() leaves out what a registry without ranges sends again", async () => {
  await withScript([
    { request: GET, text: "abcdefghij", truncate: 3 },
    { request: GET, headers: { range: "bytes=3-9" }, text: "abcdefghij" },
  ], async (transport) => {
    assert.equal(await fetchText(transport), "abcdefghij");
  });
});

Deno.test("openBlob() begins at an offset", async () => {
  await withScript([{
    request: GET,
    headers: { range: "bytes=7-9" },
    status: 206,
    answer: { "content-range": "bytes 7-9/*" },
    text: "hij",
  }], async (transport) => {
    assert.equal(await fetchText(transport, 7), "hij");
  });
});

Deno.test("openBlob() asks for nothing at the end of a blob", async () => {
  await withScript([], async (transport) => {
    assert.equal(await fetchText(transport, 10), "");
  });
});

Deno.test("openBlob() does not take another range", async () => {
  const wrong = {
    request: GET,
    status: 206,
    answer: { "content-range": "bytes 0-2/10" },
    text: "abc",
  };
  await withScript([wrong, wrong, wrong, wrong], async (transport) => {
    await assert.rejects(fetchText(transport, 7), {
      name: "RegistryError",
      message: `Cannot fetch the blob "${TEN_DIGEST}" of "a": ` +
        "the answer is another range than was asked for",
    });
  });
});

Deno.test("openBlob() fails when the answer is too short again and again", async () => {
  await withScript([
    { request: GET, text: "abc" },
    ...[1, 2, 3].map(() => ({
      request: GET,
      headers: { range: "bytes=3-9" },
      status: 206,
      answer: { "content-range": "bytes 3-9/10" },
    })),
  ], async (transport) => {
    await assert.rejects(fetchText(transport), {
      message: `Cannot fetch the blob "${TEN_DIGEST}" of "a": ` +
        "the answer ends at byte 3 of 10",
    });
  });
});

Deno.test("openBlob() fails when the answer is too long", async () => {
  await withScript([
    { request: GET, text: "abcdefghijk" },
  ], async (transport) => {
    await assert.rejects(fetchText(transport), {
      name: "ContentMismatchError",
      message: `Cannot fetch the blob "${TEN_DIGEST}": ` +
        "it has at least 11 bytes, must have 10",
    });
  });
});

Deno.test("openBlob() tells at once that a blob is not there", async () => {
  await withScript([{
    request: GET,
    status: 404,
    text: '{"errors":[{"code":"BLOB_UNKNOWN","message":"unknown"}]}',
  }], async (transport) => {
    await assert.rejects(openBlob(scopeOf(transport), BLOB), {
      message: `Cannot fetch the blob "${TEN_DIGEST}" of "a": ` +
        "the registry answers 404, BLOB_UNKNOWN: unknown",
    });
  });
});

Deno.test("openBlob() says what to do about a redirect", async () => {
  await withScript([{
    request: GET,
    status: 307,
    answer: { location: "https://storage.example/?X-Amz-Signature=SECRET" },
  }], async (transport) => {
    await assert.rejects(openBlob(scopeOf(transport), BLOB), (error) => {
      assert.ok(error instanceof Error);
      assert.match(error.message, /answers 307/);
      assert.match(error.message, /\n.*storage\.redirect\.disable: true/);
      assert.ok(!error.message.includes("SECRET"));
      return true;
    });
  });
});

Deno.test("openBlob() ends the transfer when its reader does", async () => {
  await withScript([
    { request: GET, text: "abcdefghij" },
  ], async (transport) => {
    const stream = await openBlob(scopeOf(transport), BLOB);
    await stream.cancel();
  });
});

Deno.test("openBlob() asks for nothing more once its stream is cancelled", async () => {
  let requests = 0;
  let ended = 0;
  const transport = () => {
    requests++;
    const body = new ReadableStream<Uint8Array>({
      cancel: () => {
        ended++;
      },
    });
    return Promise.resolve(new Response(body));
  };
  const scope = scopeOf(transport, { retry: { maxAttempts: 4 } });
  const reader = (await openBlob(scope, BLOB)).getReader();
  const reading = reader.read();
  await reader.cancel();
  assert.equal((await reading).done, true);
  assert.deepEqual({ requests, ended }, { requests: 1, ended: 1 });
});

Deno.test("openBlob() ends with its signal while it waits for bytes", async () => {
  const ending = new AbortController();
  const reason = new Error("Interrupted");
  const transport: Transport = ({ signal }) => {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) =>
        signal.addEventListener("abort", () => controller.error(signal.reason)),
    });
    return Promise.resolve(new Response(body));
  };
  const { signal } = ending;
  const stream = await openBlob(scopeOf(transport), BLOB, { signal });
  const reading = stream.getReader().read();
  ending.abort(reason);
  await assert.rejects(reading, reason);
});
