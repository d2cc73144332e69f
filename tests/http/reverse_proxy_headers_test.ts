import { strict as assert } from "node:assert";
import {
  requestHeaders,
  responseHeaders,
} from "../../src/http/reverse_proxy_headers.ts";

Deno.test("requestHeaders() drops credentials and what belongs to the connection", () => {
  const headers = new Headers({
    "accept": "text/plain",
    "authorization": "Basic c2VjcmV0",
    "connection": "keep-alive, X-Hop",
    "content-length": "3",
    "cookie": "a=b",
    "expect": "100-continue",
    "host": "127.0.0.1:5000",
    "keep-alive": "timeout=5",
    "proxy-authorization": "Basic c2VjcmV0",
    "range": "bytes=1-2",
    "te": "trailers",
    "transfer-encoding": "chunked",
    "x-hop": "1",
  });
  assert.deepEqual([...requestHeaders(headers)], [
    ["accept", "text/plain"],
    ["content-length", "3"],
    ["range", "bytes=1-2"],
  ]);
});

Deno.test("responseHeaders() keeps what is about the content", () => {
  const headers = new Headers({
    "connection": "close",
    "content-length": "3",
    "content-range": "bytes 1-3/9",
    "etag": '"a"',
    "link": '</next>; rel="next"',
    "set-cookie": "a=b",
    "strict-transport-security": "max-age=1",
    "transfer-encoding": "chunked",
  });
  assert.deepEqual([...responseHeaders(headers)], [
    ["cache-control", "no-transform"],
    ["content-length", "3"],
    ["content-range", "bytes 1-3/9"],
    ["etag", '"a"'],
    ["link", '</next>; rel="next"'],
  ]);
});

Deno.test("responseHeaders() adds to a cache-control that there is", () => {
  const headers = responseHeaders(new Headers({ "cache-control": "private" }));
  assert.equal(headers.get("cache-control"), "private, no-transform");
});
