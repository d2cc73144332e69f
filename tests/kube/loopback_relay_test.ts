import { strict as assert } from "node:assert";
import { once } from "node:events";
import { Duplex } from "node:stream";
import { relay } from "../../src/kube/loopback_relay.ts";

/** Sends back whatever is written to it. */
function echo(): Duplex {
  const stream: Duplex = new Duplex({
    read() {},
    write(bytes, _encoding, done) {
      stream.push(bytes);
      done();
    },
    final(done) {
      stream.push(null);
      done();
    },
  });
  return stream;
}

Deno.test("relay() passes bytes both ways", async () => {
  const stream = echo();
  const socket = await relay(stream);
  assert(socket.isPaused());
  socket.write("ping");
  socket.resume();
  const [bytes] = await once(socket, "data");
  assert.equal(new TextDecoder().decode(bytes), "ping");
  socket.destroy();
  if (!stream.closed) await once(stream, "close");
});

Deno.test("relay() closes the socket when the stream breaks", async () => {
  const stream = echo();
  const socket = await relay(stream);
  socket.resume();
  const closed = once(socket, "close");
  stream.destroy(new Error("broken"));
  await closed;
});
