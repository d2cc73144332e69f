import { strict as assert } from "node:assert";
import { Duplex } from "node:stream";
import {
  openTunnel,
  proxyAuthorization,
  TunnelError,
} from "../../src/kube/proxy_tunnel.ts";

const TARGET = { host: "fd00::1", port: 6443 };

/** A proxy that answers the first message and notes it down. */
function proxyThat(answer: string): { socket: Duplex; heard: string[] } {
  const heard: string[] = [];
  const socket: Duplex = new Duplex({
    read() {},
    write(bytes, _encoding, done) {
      heard.push(new TextDecoder().decode(bytes));
      if (answer !== "") socket.push(answer);
      else socket.push(null);
      done();
    },
  });
  return { socket, heard };
}

async function failureOf(answer: string): Promise<TunnelError> {
  const { socket } = proxyThat(answer);
  const reason: unknown = await openTunnel(
    socket,
    new URL("http://proxy.test:3128"),
    TARGET,
  ).catch((reason: unknown) => reason);
  assert(reason instanceof TunnelError, String(reason));
  return reason;
}

Deno.test("openTunnel() asks an HTTP proxy for a connection", async () => {
  const { socket, heard } = proxyThat("HTTP/1.1 200 Established\r\n\r\n");
  const proxy = new URL("http://us%20er:p%40ss@proxy.test:3128");
  await openTunnel(socket, proxy, TARGET);
  assert.deepEqual(heard, [
    "CONNECT [fd00::1]:6443 HTTP/1.1\r\nhost: [fd00::1]:6443\r\n" +
    "proxy-authorization: Basic dXMgZXI6cEBzcw==\r\n\r\n",
  ]);
  assert(socket.isPaused());
});

Deno.test("openTunnel() says what the proxy answered", async () => {
  const denied = await failureOf("HTTP/1.1 403 Forbidden\r\n\r\n");
  assert.equal(denied.message, "It answered 403 Forbidden");
  assert.equal(denied.transient, false);
  const broken = await failureOf("HTTP/1.0 503\r\n\r\n");
  assert.equal(broken.message, "It answered 503");
  assert.equal(broken.transient, true);
});

Deno.test("openTunnel() fails when the proxy hangs up", async () => {
  const closed = await failureOf("");
  assert.equal(closed.message, "It closed the connection");
  assert.equal(closed.transient, true);
});

Deno.test("openTunnel() fails when something else answers", async () => {
  const other = await failureOf("220 smtp.test ESMTP\r\n");
  assert.equal(other.message, "The answer is not HTTP/1.1");
  assert.equal(other.transient, false);
});

Deno.test("openTunnel() takes no bytes that the server did not send", async () => {
  const early = await failureOf("HTTP/1.1 200 OK\r\n\r\nsurprise");
  assert.equal(early.message, "It sent bytes ahead of the server's");
  assert.equal(early.transient, false);
});

Deno.test("proxyAuthorization() has nothing to say without a login", () => {
  assert.equal(proxyAuthorization(new URL("http://proxy.test")), undefined);
});
