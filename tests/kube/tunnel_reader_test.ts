import { strict as assert } from "node:assert";
import { PassThrough } from "node:stream";
import { TunnelReader } from "../../src/kube/tunnel_reader.ts";

function text(bytes: Uint8Array | null): string | null {
  return bytes && new TextDecoder().decode(bytes);
}

Deno.test("TunnelReader leaves the stream paused between two reads", async () => {
  const stream = new PassThrough();
  const reader = new TunnelReader(stream);
  stream.write("one");
  assert.equal(text(await reader.read()), "one");
  assert(stream.isPaused());
  assert(!reader.hasBytes);
  stream.end("two");
  assert.equal(text(await reader.read()), "two");
  assert.equal(await reader.read(), null);
});

Deno.test("TunnelReader gives back what was too much", async () => {
  const stream = new PassThrough();
  const reader = new TunnelReader(stream);
  stream.write("head body");
  const bytes = await reader.read();
  assert(bytes);
  reader.unread(bytes.subarray(5));
  assert(reader.hasBytes);
  assert.equal(text(await reader.read()), "body");
  stream.destroy();
});

Deno.test("TunnelReader throws the error of the stream", async () => {
  const stream = new PassThrough();
  const reader = new TunnelReader(stream);
  const reason = new Error("broken");
  const read = reader.read();
  stream.destroy(reason);
  await assert.rejects(read, (error) => error === reason);
});
