import { strict as assert } from "node:assert";
import { type TraceOptions, withTrace } from "../../src/http/trace.ts";
import type { Transport } from "../../src/http/transport.ts";

/** Sends one request through a trace; the clock moves 5 ms with each look. */
async function traced(
  request: Request,
  answer: Transport,
  options: TraceOptions = {},
): Promise<{ lines: string[]; response: Response }> {
  const lines: string[] = [];
  let time = 0;
  const now = () => time += 5;
  const transport = withTrace((line) => lines.push(line), { now, ...options });
  return { lines, response: await transport(answer)(request) };
}

function answer(body: string | null, status = 200): Transport {
  return () => Promise.resolve(new Response(body, { status }));
}

Deno.test("withTrace() tells an exchange when its answer is read", async () => {
  const { lines, response } = await traced(
    new Request("http://registry/v2/cool/image/tags/list?n=5"),
    answer("hello"),
  );
  assert.deepEqual(lines, []);
  assert.equal(await response.text(), "hello");
  assert.deepEqual(lines, [
    "GET /v2/cool/image/tags/list?n=5 200, sent 0 B, received 5 B, 5 ms",
  ]);
});

Deno.test("withTrace() tells an answer without a body at once", async () => {
  const { lines } = await traced(
    new Request("http://registry/v2/a/blobs/uploads/1", {
      method: "PATCH",
      headers: { "content-length": "3" },
      body: "abc",
    }),
    answer(null, 202),
  );
  assert.deepEqual(lines, [
    "PATCH /v2/a/blobs/uploads/1 202, sent 3 B, received 0 B, 5 ms",
  ]);
});

Deno.test("withTrace() hides signatures and whatever else it does not know", async () => {
  const { lines } = await traced(
    new Request(
      "http://registry/v2/a/blobs/uploads/1" +
        "?_state=SECRET%3D&X-Amz-Signature=SECRET&digest=sha256:ab",
      { method: "PUT", headers: { authorization: "Bearer SECRET" } },
    ),
    answer(null, 201),
  );
  assert.deepEqual(lines, [
    "PUT /v2/a/blobs/uploads/1?_state=…&X-Amz-Signature=…&digest=sha256:ab" +
    " 201, sent 0 B, received 0 B, 5 ms",
  ]);
});

Deno.test("withTrace() tells a request that failed, by the error's name", async () => {
  const lines: string[] = [];
  const error = new TypeError("Token SECRET is wrong");
  const transport = withTrace((line) => lines.push(line), { now: () => 0 });
  await assert.rejects(
    transport(() => Promise.reject(error))(new Request("http://registry/v2/")),
    error,
  );
  assert.deepEqual(lines, ["GET /v2/ failed (TypeError), 0 ms"]);
});

Deno.test("withTrace() tells a body that breaks and passes the error on", async () => {
  const error = new Error("broken");
  let pulls = 0;
  const body = () =>
    new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull(controller) {
        if (pulls++ > 0) throw error;
        controller.enqueue(new Uint8Array(3));
      },
    }, { highWaterMark: 0 });
  const { lines, response } = await traced(
    new Request("http://registry/v2/a/blobs/sha256:ab"),
    () => Promise.resolve(new Response(body())),
  );
  await assert.rejects(response.bytes(), error);
  assert.deepEqual(lines, [
    "GET /v2/a/blobs/sha256:ab 200, sent 0 B, received 3 B, broken off, 5 ms",
  ]);
});

Deno.test("withTrace() gives a body up together with its reader", async () => {
  let cancelled = false;
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull: (controller) => controller.enqueue(new Uint8Array(2)),
    cancel() {
      cancelled = true;
    },
  }, { highWaterMark: 0 });
  const { lines, response } = await traced(
    new Request("http://registry/v2/"),
    () => Promise.resolve(new Response(body)),
  );
  await response.body?.cancel();
  assert.equal(cancelled, true);
  assert.deepEqual(lines, [
    "GET /v2/ 200, sent 0 B, received 0 B, given up, 5 ms",
  ]);
});

Deno.test("withTrace() shows the parameters that it is told to", async () => {
  const { lines } = await traced(
    new Request("http://api/pods?labelSelector=a&token=b"),
    answer(null),
    { visibleParameters: ["labelSelector"] },
  );
  assert.deepEqual(lines, [
    "GET /pods?labelSelector=a&token=… 200, sent 0 B, received 0 B, 5 ms",
  ]);
});
