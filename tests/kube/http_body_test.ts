import { strict as assert } from "node:assert";
import {
  type BodyFraming,
  bodyFraming,
  bodyReader,
} from "../../src/kube/http_body.ts";
import {
  type ByteSource,
  parseResponseHead,
} from "../../src/kube/http_head.ts";
import { fakeBytes, restOf } from "../support/fake_bytes.ts";

function framing(method: string, head: string): BodyFraming {
  return bodyFraming(method, parseResponseHead(`HTTP/1.1 ${head}`));
}

async function bodyOf(
  source: ByteSource,
  framing: BodyFraming,
): Promise<string> {
  const body = bodyReader(source, framing);
  let text = "";
  for (
    let bytes = await body.next();
    bytes !== null;
    bytes = await body.next()
  ) {
    text += new TextDecoder().decode(bytes);
  }
  assert(body.done);
  return text;
}

Deno.test("bodyFraming() tells how a body ends", () => {
  const length = "200 OK\r\ncontent-length: 5";
  assert.deepEqual(framing("GET", length), { kind: "length", length: 5 });
  assert.deepEqual(framing("HEAD", length), { kind: "length", length: 0 });
  assert.deepEqual(
    framing("GET", "200 OK\r\ntransfer-encoding: Chunked\r\ncontent-length: 5"),
    { kind: "chunked" },
  );
  assert.deepEqual(framing("GET", "200 OK"), { kind: "close" });
  for (const status of ["204 None", "205 Reset", "304 Same"]) {
    assert.deepEqual(framing("GET", status), { kind: "length", length: 0 });
  }
});

Deno.test("bodyFraming() takes the same length twice as one", () => {
  assert.deepEqual(
    framing("GET", "200 OK\r\ncontent-length: 5\r\ncontent-length: 5"),
    { kind: "length", length: 5 },
  );
});

Deno.test("bodyFraming() rejects heads that contradict themselves", () => {
  for (
    const head of [
      "200 OK\r\ncontent-length: 5\r\ncontent-length: 6",
      "200 OK\r\ncontent-length: -1",
      "200 OK\r\ncontent-length: 0x10",
      "200 OK\r\ncontent-length: 99999999999999999999",
      "200 OK\r\ntransfer-encoding: gzip, chunked",
    ]
  ) assert.throws(() => framing("GET", head), SyntaxError, head);
});

Deno.test("bodyReader() reads a body by its length and no further", async () => {
  const source = fakeBytes("hel", "lo, next");
  assert.equal(await bodyOf(source, { kind: "length", length: 5 }), "hello");
  assert.equal(await restOf(source), ", next");
});

Deno.test("bodyReader() rejects a body that is too short", async () => {
  await assert.rejects(
    bodyOf(fakeBytes("hel"), { kind: "length", length: 5 }),
    { message: "The answer ends after 3 of 5 bytes" },
  );
});

Deno.test("bodyReader() reads a chunked body however it is cut", async () => {
  const text = "5\r\nhello\r\n6;x=y\r\n world\r\n0\r\ntrailer: 1\r\n\r\nnext";
  for (let size = 1; size <= text.length; size++) {
    const pieces = [];
    for (let at = 0; at < text.length; at += size) {
      pieces.push(text.slice(at, at + size));
    }
    const source = fakeBytes(...pieces);
    assert.equal(await bodyOf(source, { kind: "chunked" }), "hello world");
    assert.equal(await restOf(source), "next");
  }
});

Deno.test("bodyReader() rejects a chunked body that breaks off", async () => {
  for (
    const text of ["", "5\r\nhel", "5\r\nhello", "5\r\nhello\r\n", "0\r\n"]
  ) {
    await assert.rejects(
      bodyOf(fakeBytes(text), { kind: "chunked" }),
      { message: "The answer ends in the middle of a chunk" },
      text,
    );
  }
});

Deno.test("bodyReader() rejects broken chunks", async () => {
  const long = `5;${"x".repeat(9000)}`;
  for (const text of ["x\r\n", "5\r\nhelloXX0\r\n\r\n", "-5\r\n", long]) {
    await assert.rejects(
      bodyOf(fakeBytes(text), { kind: "chunked" }),
      { message: "The answer has a broken chunk" },
      text,
    );
  }
});

Deno.test("bodyReader() reads to the end of the connection", async () => {
  assert.equal(await bodyOf(fakeBytes("a", "b"), { kind: "close" }), "ab");
});
