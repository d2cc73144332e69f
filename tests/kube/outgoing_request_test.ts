import { strict as assert } from "node:assert";
import type { Connection } from "../../src/kube/connection.ts";
import {
  assertOwnUrl,
  bodyLength,
  outgoingHead,
} from "../../src/kube/outgoing_request.ts";
import { fakeConnection } from "../support/fake_connection.ts";

const CONNECTION = fakeConnection(new URL("https://api.lab.test:6443/k8s/c-1"));
const URL_TEXT = "https://api.lab.test:6443/k8s/c-1/v2/a%2Fb?x=%3D";

function headersOf(
  request: Request,
  connection: Connection = CONNECTION,
): (readonly [string, string])[] {
  const head = outgoingHead(connection, request, {
    credentials: { authorization: "Bearer token" },
    userAgent: "k8scr/1",
  });
  return [...head.headers];
}

Deno.test("outgoingHead() keeps path and query byte for byte", () => {
  const head = outgoingHead(CONNECTION, new Request(URL_TEXT), {
    credentials: {},
    userAgent: "k8scr/1",
  });
  assert.equal(head.method, "GET");
  assert.equal(head.target, "/k8s/c-1/v2/a%2Fb?x=%3D");
});

Deno.test("outgoingHead() writes the headers that belong to the connection itself", () => {
  const request = new Request(URL_TEXT, {
    headers: {
      "x-keep": "1",
      "host": "evil.test",
      "connection": "upgrade",
      "upgrade": "h2c",
      "te": "trailers",
      "transfer-encoding": "chunked",
      "proxy-authorization": "Basic eA==",
      "expect": "100-continue",
    },
  });
  assert.deepEqual(headersOf(request), [
    ["host", "api.lab.test:6443"],
    ["authorization", "Bearer token"],
    ["user-agent", "k8scr/1"],
    ["accept-encoding", "identity"],
    ["x-keep", "1"],
  ]);
});

Deno.test("outgoingHead() leaves what the request says itself", () => {
  const request = new Request(URL_TEXT, {
    headers: {
      authorization: "Bearer own",
      "user-agent": "own",
      "accept-encoding": "gzip",
    },
  });
  assert.deepEqual(headersOf(request), [
    ["host", "api.lab.test:6443"],
    ["accept-encoding", "gzip"],
    ["authorization", "Bearer own"],
    ["user-agent", "own"],
  ]);
});

Deno.test("outgoingHead() frames the body", () => {
  const framing = (init: RequestInit) =>
    headersOf(new Request(URL_TEXT, init)).filter(([name]) =>
      ["content-length", "transfer-encoding"].includes(name)
    );
  assert.deepEqual(framing({ method: "GET" }), []);
  assert.deepEqual(framing({ method: "DELETE" }), []);
  for (const method of ["POST", "PUT", "PATCH"]) {
    assert.deepEqual(framing({ method }), [["content-length", "0"]]);
  }
  const body = new Uint8Array(7);
  assert.deepEqual(framing({ method: "PUT", body }), [
    ["transfer-encoding", "chunked"],
  ]);
  const headers = { "content-length": "7" };
  assert.deepEqual(framing({ method: "PUT", body, headers }), [
    ["content-length", "7"],
  ]);
});

Deno.test("outgoingHead() names the whole URL to an HTTP proxy", () => {
  const connection = fakeConnection(new URL("http://api.lab.test"), {
    proxy: new URL("http://user:secret@proxy.test:3128"),
  });
  const request = new Request("http://api.lab.test/version");
  const head = outgoingHead(connection, request, {
    credentials: {},
    userAgent: "k8scr/1",
  });
  assert.equal(head.target, "http://api.lab.test/version");
  assert.deepEqual([...head.headers].at(-1), [
    "proxy-authorization",
    "Basic dXNlcjpzZWNyZXQ=",
  ]);
});

Deno.test("bodyLength() is unknown without the header", () => {
  assert.equal(bodyLength(new Request(URL_TEXT)), 0);
  const body = "text";
  const method = "PUT";
  assert.equal(bodyLength(new Request(URL_TEXT, { method, body })), undefined);
  const headers = { "content-length": "4" };
  assert.equal(
    bodyLength(new Request(URL_TEXT, { method, body, headers })),
    4,
  );
});

Deno.test("assertOwnUrl() accepts what is under the server", () => {
  assertOwnUrl(CONNECTION, URL_TEXT);
  assertOwnUrl(fakeConnection(new URL("https://h")), "https://h/api");
});

Deno.test("assertOwnUrl() refuses every other URL", () => {
  for (
    const url of [
      "http://api.lab.test:6443/k8s/c-1/v2/",
      "https://api.lab.test/k8s/c-1/v2/",
      "https://api.lab.test.evil.test:6443/k8s/c-1/v2/",
      "https://user@api.lab.test:6443/k8s/c-1/v2/",
      "https://api.lab.test:6443/k8s/c-10/v2/",
      "https://api.lab.test:6443/k8s/c-1",
      "https://api.lab.test:6443/k8s/c-1/../c-2/v2/",
      "https://api.lab.test:6443/k8s/c-1/%2e%2e/c-2/v2/",
      "https://api.lab.test:6443/k8s/c-1/..%2Fc-2/v2/",
      "https://api.lab.test:6443/k8s/c-1/.%2e%5cc-2/v2/",
    ]
  ) assert.throws(() => assertOwnUrl(CONNECTION, url), TypeError, url);
});
