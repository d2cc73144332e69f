import { strict as assert } from "node:assert";
import { readErrorAnswer } from "../../src/registry/error_answer.ts";

function read(body: string | null, init: ResponseInit) {
  return readErrorAnswer(new Response(body, init), {
    method: "GET",
    path: "/v2/a/tags/list",
    action: 'list the tags of "a"',
  });
}

Deno.test("readErrorAnswer() tells what the registry says", async () => {
  const error = await read(
    '{"errors":[{"code":"DENIED","message":"no","detail":{"x":1}}]}',
    { status: 403 },
  );
  assert.equal(
    error.message,
    'Cannot list the tags of "a": the registry answers 403, ' +
      'DENIED: no ({"x":1})',
  );
  assert.equal(error.status, 403);
  assert.equal(error.transient, false);
});

Deno.test("readErrorAnswer() tells a proxy's page from a registry's error", async () => {
  const error = await read(
    "<!DOCTYPE html><html><head><title>413 Too Large</title></head></html>",
    { status: 413 },
  );
  assert.equal(
    error.message,
    'Cannot list the tags of "a": the registry answers 413, ' +
      'an HTML page "413 Too Large", as something in front of it sends',
  );
});

Deno.test("readErrorAnswer() tells the status when nothing else is said", async () => {
  const error = await read(null, { status: 418, statusText: "Teapot" });
  assert.match(error.message, /: the registry answers 418, Teapot$/);
  const silent = await read(null, { status: 418 });
  assert.match(silent.message, /: the registry answers 418$/);
});

Deno.test("readErrorAnswer() knows which answers may change", async () => {
  for (const status of [408, 429, 500, 502, 503, 504]) {
    assert.equal((await read(null, { status })).transient, true);
  }
  for (const status of [400, 401, 403, 404, 405, 413, 416, 507]) {
    assert.equal((await read(null, { status })).transient, false);
  }
});

Deno.test("readErrorAnswer() passes Retry-After on", async () => {
  const error = await read(null, {
    status: 429,
    headers: { "retry-after": "5" },
  });
  assert.equal(error.retryAfter, 5000);
});

Deno.test("readErrorAnswer() knows a full disk, which waiting does not mend", async () => {
  for (
    const body of [
      // distribution 3.1, on a PATCH
      '{"errors":[{"code":"UNKNOWN","message":"unknown error","detail":' +
      '"write /var/lib/registry/data: no space left on device"}]}',
      // distribution 2.8, on a POST
      '{"errors":[{"code":"UNKNOWN","message":"unknown error","detail":' +
      '{"DriverName":"filesystem","Enclosed":{"Op":"write","Err":28}}}]}',
    ]
  ) {
    const error = await read(body, { status: 500 });
    assert.equal(error.transient, false);
    assert.equal(
      error.message,
      'Cannot list the tags of "a": the registry has no space left ' +
        "(status 500)\nFree or add storage for the registry and push again",
    );
  }
});

Deno.test("readErrorAnswer() explains a login that cannot pass", async () => {
  const error = await read(
    '{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}',
    { status: 401, headers: { "www-authenticate": 'Basic realm="x"' } },
  );
  assert.match(error.message, /answers 401, UNAUTHORIZED: authentication/);
  assert.match(
    error.message,
    /\nThe registry wants a login, which cannot pass/,
  );
});

Deno.test("readErrorAnswer() says how a registry with TLS is named", async () => {
  const error = await read(
    "Client sent an HTTP request to an HTTPS server.\n",
    {
      status: 400,
    },
  );
  assert.match(error.message, /\n.*name it as https:NAME:PORT$/);
});
