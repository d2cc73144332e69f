import { strict as assert } from "node:assert";
import { EngineClient } from "../../src/engine/engine_client.ts";
import type { EngineEndpoint } from "../../src/engine/engine_endpoint.ts";
import { engineTransport } from "../../src/engine/engine_transport.ts";
import { refusal, startFakeEngine, withRawSocket } from "./fake_engine.ts";

const REQUEST = { action: 'read "a:1" from', path: "/images/a:1/get" };

function clientOf(path: string): EngineClient {
  const endpoint: EngineEndpoint = {
    kind: "unix",
    path,
    address: "unix:///engine.sock",
    origin: "the test",
  };
  return new EngineClient(endpoint, engineTransport(endpoint));
}

Deno.test("EngineClient hands a long body on whole", async () => {
  const bytes = crypto.getRandomValues(new Uint8Array(65_536));
  const pieces = Array.from({ length: 11 }, () => bytes);
  await using engine = await startFakeEngine(() =>
    new Response(ReadableStream.from([...pieces, bytes.subarray(7)]))
  );
  using client = clientOf(engine.path);
  const response = await client.send(REQUEST);
  const expected = new Blob([...pieces, bytes.subarray(7)]);
  assert.deepEqual(await response.bytes(), await expected.bytes());
});

Deno.test("EngineClient shows the engine's own words", async () => {
  await using engine = await startFakeEngine(() =>
    refusal(404, "No such image: a:1")
  );
  using client = clientOf(engine.path);
  await assert.rejects(client.send(REQUEST), {
    name: "EngineError",
    status: 404,
    message:
      'Cannot read "a:1" from the engine at unix:///engine.sock: No such image: a:1',
  });
});

Deno.test("EngineClient shows an answer that is not JSON, or empty", async () => {
  const answers = [
    new Response("forbidden by the proxy\n", { status: 403 }),
    new Response(null, { status: 502 }),
  ];
  await using engine = await startFakeEngine(() =>
    answers.shift() ?? refusal(500, "too many requests")
  );
  using client = clientOf(engine.path);
  await assert.rejects(client.send(REQUEST), {
    message: /unix:\/\/\/engine\.sock: forbidden by the proxy$/,
  });
  await assert.rejects(client.send(REQUEST), { message: /its answer is 502$/ });
});

for (
  const [what, reply] of [
    ["in a chunk", "transfer-encoding: chunked\r\n\r\n5\r\nhel"],
    ["between chunks", "transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n"],
    ["before its length", "content-length: 9\r\n\r\nhello"],
  ] as const
) {
  Deno.test(`EngineClient does not take a body that is cut ${what} for a whole one`, async () => {
    await withRawSocket(`HTTP/1.1 200 OK\r\n${reply}`, async (path) => {
      using client = clientOf(path);
      const response = await client.send(REQUEST);
      await assert.rejects(response.bytes(), {
        name: "EngineConnectionError",
        message:
          /^Cannot read "a:1" from the engine at unix:\/\/\/engine\.sock: /,
      });
    });
  });
}

Deno.test("EngineClient says that no answer came", async () => {
  await withRawSocket("", async (path) => {
    using client = clientOf(path);
    await assert.rejects(client.send(REQUEST), {
      name: "EngineConnectionError",
      reason: "connection closed before message completed",
    });
  });
});

Deno.test("EngineClient ends a body with the signal", async () => {
  await using engine = await startFakeEngine(() =>
    new Response(
      new ReadableStream({
        pull: (controller) => controller.enqueue(new Uint8Array(65_536)),
      }),
    )
  );
  using client = clientOf(engine.path);
  const abort = new AbortController();
  const response = await client.send({ ...REQUEST, signal: abort.signal });
  const reader = response.body?.getReader();
  await reader?.read();
  const reason = new DOMException("Interrupted", "AbortError");
  abort.abort(reason);
  await assert.rejects(async () => {
    while (!(await reader?.read())?.done);
  }, reason);
});

Deno.test("EngineClient reads no endless document", async () => {
  await using engine = await startFakeEngine(() =>
    new Response(new Uint8Array(5 * 1024 * 1024))
  );
  using client = clientOf(engine.path);
  await assert.rejects(client.read(REQUEST), { name: "RangeError" });
});

Deno.test("EngineClient returns the headers of an answer", async () => {
  await using engine = await startFakeEngine();
  using client = clientOf(engine.path);
  const headers = await client.headers({ action: "ask", path: "/_ping" });
  assert.equal(headers.get("api-version"), "1.41");
});
