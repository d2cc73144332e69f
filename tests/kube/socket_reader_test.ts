import { strict as assert } from "node:assert";
import { PassThrough } from "node:stream";
import { SocketReader } from "../../src/kube/socket_reader.ts";

function text(bytes: Uint8Array | null): string | null {
  return bytes && new TextDecoder().decode(bytes);
}

Deno.test("SocketReader waits for bytes and then for the end", async () => {
  const stream = new PassThrough();
  const reader = new SocketReader(stream);
  const first = reader.read();
  stream.write("one");
  assert.equal(text(await first), "one");
  const end = reader.read();
  stream.end();
  assert.equal(await end, null);
  assert(reader.closed);
  assert.equal(await reader.read(), null);
});

Deno.test("SocketReader gives back what was too much", async () => {
  const stream = new PassThrough();
  const reader = new SocketReader(stream);
  stream.write("head body");
  const bytes = await reader.read();
  assert(bytes);
  assert(!reader.hasBytes);
  reader.unread(bytes.subarray(5));
  assert(reader.hasBytes);
  assert.equal(text(await reader.read()), "body");
  stream.destroy();
});

Deno.test("SocketReader throws the error of the socket, then and later", async () => {
  const stream = new PassThrough();
  const reader = new SocketReader(stream);
  const reason = new Error("broken");
  const read = reader.read();
  stream.destroy(reason);
  await assert.rejects(read, (error) => error === reason);
  await assert.rejects(reader.read(), (error) => error === reason);
  assert(reader.closed);
});

Deno.test("SocketReader fails when the socket closes without an end", async () => {
  const stream = new PassThrough();
  const reader = new SocketReader(stream);
  const read = reader.read();
  stream.destroy();
  await assert.rejects(read, { message: "The socket was closed" });
});
