import { strict as assert } from "node:assert";
import {
  formatRequestHead,
  parseResponseHead,
  readResponseHead,
} from "../../src/kube/http_head.ts";
import { fakeBytes, restOf } from "../support/fake_bytes.ts";

Deno.test("formatRequestHead() writes the headers in their order", () => {
  const head = formatRequestHead({
    method: "PATCH",
    target: "/v2/a/blobs/uploads/1?_state=x%3D",
    headers: [["host", "h:1"], ["x-a", "1"], ["x-a", "caf\u00e9"]],
  });
  assert.equal(
    new TextDecoder("latin1").decode(head),
    "PATCH /v2/a/blobs/uploads/1?_state=x%3D HTTP/1.1\r\n" +
      "host: h:1\r\nx-a: 1\r\nx-a: caf\u00e9\r\n\r\n",
  );
});

Deno.test("formatRequestHead() refuses what would break out of its line", () => {
  for (const value of ["a\r\nx: y", "a\nb", "a\0b", "\u20ac"]) {
    assert.throws(
      () =>
        formatRequestHead({
          method: "GET",
          target: "/",
          headers: [["x-token", value]],
        }),
      {
        name: "TypeError",
        message:
          'Cannot send the header "x-token": it holds a character that a header cannot carry',
      },
    );
  }
});

Deno.test("readResponseHead() leaves the body in the source", async () => {
  const source = fakeBytes(
    "HTTP/1.1 202 Accepted\r\nlocation: /v2/\r",
    "\n",
    "\r\nbody",
    "more",
  );
  const head = await readResponseHead(source);
  assert.equal(head?.status, 202);
  assert.equal(head.statusText, "Accepted");
  assert.equal(head.headers.get("location"), "/v2/");
  assert.equal(await restOf(source), "bodymore");
});

Deno.test("readResponseHead() returns null at a clean end", async () => {
  assert.equal(await readResponseHead(fakeBytes()), null);
});

Deno.test("readResponseHead() rejects a head that is cut off", async () => {
  await assert.rejects(
    readResponseHead(fakeBytes("HTTP/1.1 200 OK\r\n")),
    { message: "The answer ends in the middle of its head" },
  );
});

Deno.test("readResponseHead() rejects what is no HTTP at once", async () => {
  const source = fakeBytes("SSH-2.0-OpenSSH_9.2\r\n", "never read");
  await assert.rejects(readResponseHead(source), {
    message: "The answer is not HTTP/1.1",
  });
});

Deno.test("readResponseHead() rejects an endless head", async () => {
  const line = `x-filler: ${"a".repeat(65_536)}\r\n`;
  await assert.rejects(
    readResponseHead(
      fakeBytes("HTTP/1.1 200 OK\r\n", line, line, line, line, line),
    ),
    { message: "The head of the answer is longer than 262144 bytes" },
  );
});

Deno.test("parseResponseHead() keeps repeated headers", () => {
  const { headers, minorVersion } = parseResponseHead(
    "HTTP/1.0 200 OK\r\nCache-Control: no-cache\r\ncache-control:private \r\nX-Empty:",
  );
  assert.equal(minorVersion, 0);
  assert.equal(headers.get("cache-control"), "no-cache, private");
  assert.equal(headers.get("x-empty"), "");
});

Deno.test("parseResponseHead() takes control characters out of the reason", () => {
  const { statusText } = parseResponseHead("HTTP/1.1 500 a\x1b[31mb");
  assert.equal(statusText, "a[31mb");
});

Deno.test("parseResponseHead() accepts a status line without a reason", () => {
  assert.equal(parseResponseHead("HTTP/1.1 200").statusText, "");
});

Deno.test("parseResponseHead() rejects malformed heads", () => {
  for (
    const text of [
      "HTTP/2 200 OK",
      "HTTP/1.1 99 Low",
      "HTTP/1.1 600 High",
      "HTTP/1.1 200 OK\r\n folded: line",
      "HTTP/1.1 200 OK\r\nno colon",
      "HTTP/1.1 200 OK\r\nbad name: x",
      "HTTP/1.1 200 OK\r\nx: a\nb: c",
    ]
  ) {
    assert.throws(() => parseResponseHead(text), SyntaxError, text);
  }
});
