import { strict as assert } from "node:assert";
import {
  KubernetesError,
  parseStatus,
  peekStatus,
  sanitize,
} from "../../src/kube/status_error.ts";

const FORBIDDEN = JSON.stringify({
  kind: "Status",
  apiVersion: "v1",
  metadata: {},
  status: "Failure",
  message: 'pods "reg" is forbidden',
  reason: "Forbidden",
  details: { kind: "pods" },
  code: 403,
});

Deno.test("parseStatus() reads a Status", () => {
  assert.deepEqual(parseStatus(FORBIDDEN), {
    code: 403,
    reason: "Forbidden",
    message: 'pods "reg" is forbidden',
  });
});

Deno.test("parseStatus() reads how long to wait", () => {
  const status = parseStatus(
    '{"kind":"Status","apiVersion":"v1","code":429,"details":{"retryAfterSeconds":2}}',
  );
  assert.deepEqual(status, {
    code: 429,
    reason: "",
    message: "",
    retryAfter: 2000,
  });
});

Deno.test("parseStatus() takes nothing else for a Status", () => {
  for (
    const text of [
      "",
      "not JSON",
      "[]",
      "null",
      '{"errors":[{"code":"UNAUTHORIZED"}]}',
      '{"kind":"Status","apiVersion":"v2","code":403}',
      '{"kind":"Status","apiVersion":"v1","code":"403"}',
      '{"kind":"Pod","apiVersion":"v1","code":403}',
      FORBIDDEN.slice(0, -1),
    ]
  ) assert.equal(parseStatus(text), undefined, text);
});

Deno.test("parseStatus() takes control characters out of a message", () => {
  const status = parseStatus(JSON.stringify({
    kind: "Status",
    apiVersion: "v1",
    code: 500,
    message: "a\x1b[2Jb\r\nc\u2028d",
  }));
  assert.equal(status?.message, "a [2Jb c d");
});

Deno.test("sanitize() cuts what is too long", () => {
  assert.equal(sanitize("x".repeat(1001)), `${"x".repeat(1000)}...`);
});

Deno.test("peekStatus() leaves the answer to be read whole", async () => {
  const headers = { "x-a": "1" };
  const peeked = await peekStatus(
    new Response(FORBIDDEN, { status: 403, headers }),
  );
  assert.equal(peeked.status?.code, 403);
  assert.equal(peeked.text, FORBIDDEN);
  assert.equal(peeked.response.status, 403);
  assert.equal(peeked.response.headers.get("x-a"), "1");
  assert.equal(await peeked.response.text(), FORBIDDEN);
});

Deno.test("peekStatus() hands over a body that is longer than it looks", async () => {
  const pieces = ["x", "y", "z"].map((letter) => letter.repeat(100_000));
  const text = pieces.join("");
  const body = ReadableStream.from(pieces)
    .pipeThrough(new TextEncoderStream());
  const peeked = await peekStatus(new Response(body, { status: 502 }));
  assert.equal(peeked.status, undefined);
  assert(peeked.text.length < 300_000);
  assert.equal(await peeked.response.text(), text);
});

Deno.test("peekStatus() passes on that the rest is not wanted", async () => {
  const cancelled = Promise.withResolvers<void>();
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(50_000)),
    cancel: () => cancelled.resolve(),
  }, { highWaterMark: 0 });
  const peeked = await peekStatus(new Response(body, { status: 500 }));
  await peeked.response.body?.cancel();
  await cancelled.promise;
});

Deno.test("peekStatus() looks into an answer without a body", async () => {
  const peeked = await peekStatus(new Response(null, { status: 401 }));
  assert.equal(peeked.status, undefined);
  assert.equal(peeked.text, "");
  assert.equal(peeked.response.body, null);
});

Deno.test("peekStatus() knows the API server's own plain texts", async () => {
  const shutdown = await peekStatus(
    new Response("The apiserver is shutting down, please try again later.\n", {
      status: 429,
      headers: { "retry-after": "5" },
    }),
  );
  assert.deepEqual(shutdown.status, {
    code: 429,
    reason: "TooManyRequests",
    message: "The apiserver is shutting down, please try again later.",
    retryAfter: 5000,
  });
  const panic = await peekStatus(
    new Response(
      "This request caused apiserver to panic. Look in the logs for details.\n",
      { status: 500 },
    ),
  );
  assert.equal(panic.status?.code, 500);
  assert.equal(panic.status?.reason, "InternalError");
});

Deno.test("KubernetesError carries what a caller decides on", () => {
  const cause = new Error("root");
  const error = new KubernetesError("Cannot do it", {
    status: 429,
    reason: "TooManyRequests",
    statusMessage: "slow down",
    hop: "server",
    transient: true,
    retryAfter: 3000,
    cause,
  });
  assert.equal(error.name, "KubernetesError");
  assert.equal(error.cause, cause);
  const { status, reason, statusMessage, hop, transient, retryAfter } = error;
  assert.deepEqual(
    { status, reason, statusMessage, hop, transient, retryAfter },
    {
      status: 429,
      reason: "TooManyRequests",
      statusMessage: "slow down",
      hop: "server",
      transient: true,
      retryAfter: 3000,
    },
  );
});
