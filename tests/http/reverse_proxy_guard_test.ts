import { strict as assert } from "node:assert";
import { ReverseProxyError } from "../../src/http/reverse_proxy_error.ts";
import { guardCall } from "../../src/http/reverse_proxy_guard.ts";

interface Call {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
}

/** Returns the status of the refusal, or 200. */
function guard(call: Call, hostnames: readonly string[] = []): number {
  try {
    guardCall({
      method: call.method ?? "GET",
      path: call.path ?? "/a",
      headers: new Headers({ host: "127.0.0.1:5000", ...call.headers }),
    }, hostnames);
    return 200;
  } catch (error) {
    if (!(error instanceof ReverseProxyError)) throw error;
    return error.status;
  }
}

Deno.test("guardCall() takes calls by IP address, as localhost and by known names", () => {
  const known = ["registry.example", "localhost"];
  for (
    const host of [
      "127.0.0.1:5000",
      "127.0.0.1",
      "10.1.2.3:80",
      "[::1]:5000",
      "[fe80::1]",
      "localhost:5000",
      "LOCALHOST",
      "Registry.example:5000",
    ]
  ) assert.equal(guard({ headers: { host } }, known), 200, host);
});

Deno.test("guardCall() refuses a host name that a page may have been rebound from", () => {
  for (
    const host of [
      "evil.example:5000",
      "127.0.0.1.evil.example",
      "localhost.evil.example",
      "127.0.0.1, evil.example",
      "127.0.0.1:5000:1",
      "[evil]:5000",
      "2130706433",
      "",
    ]
  ) assert.equal(guard({ headers: { host } }), 403, host);
});

Deno.test("guardCall() refuses calls of web pages", () => {
  for (const origin of ["http://evil.example", "null", "https://127.0.0.1"]) {
    assert.equal(guard({ headers: { origin } }), 403, origin);
  }
  for (const site of ["cross-site", "same-site"]) {
    assert.equal(guard({ headers: { "sec-fetch-site": site } }), 403, site);
  }
  const own = {
    "origin": "http://127.0.0.1:5000",
    "sec-fetch-site": "same-origin",
  };
  assert.equal(guard({ headers: own }), 200);
  assert.equal(guard({ headers: { "sec-fetch-site": "none" } }), 200);
});

Deno.test("guardCall() refuses paths that the other side would read otherwise", () => {
  for (
    const path of [
      "/a/../b",
      "/a/./b",
      "/a/..",
      "/a%2fb",
      "/a%2F..%2Fb",
      "/a/%2e%2e/b",
      "/a%5cb",
      "/a\\b",
      "/a//b",
      "//a",
      "/a%00",
      "*",
      "",
    ]
  ) assert.equal(guard({ path }), 400, path);
  for (const path of ["/", "/a/b.c/..d/", "/a/sha256:1%3A2/~x"]) {
    assert.equal(guard({ path }), 200, path);
  }
});

Deno.test("guardCall() refuses methods that nobody needs", () => {
  for (const method of ["OPTIONS", "TRACE", "CONNECT", "PROPFIND"]) {
    assert.equal(guard({ method }), 405, method);
  }
  for (const method of ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]) {
    assert.equal(guard({ method }), 200, method);
  }
});
