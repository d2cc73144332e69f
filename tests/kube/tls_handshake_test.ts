import { strict as assert } from "node:assert";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { startTls, type TlsHandshake } from "../../src/kube/tls_handshake.ts";
import {
  SEES_CLIENT_CERTIFICATES,
  startFakeMutualTlsFront,
} from "../support/fake_tls_front.ts";
import { startFakeRawServer } from "../support/fake_raw_server.ts";
import { createAuthority } from "../support/pki.ts";

const AUTHORITY = createAuthority("lab authority");
const CERTIFICATE = AUTHORITY.issue("apiserver", {
  use: "server",
  names: ["api.lab.test", "127.0.0.1"],
});

async function connectTo(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.pause();
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}

async function attempt(handshake: TlsHandshake): Promise<void> {
  await using server = startFakeRawServer(async (connection) => {
    await connection.readToEnd();
  }, { certificate: CERTIFICATE });
  const stream = await connectTo(Number(server.url.port));
  const socket = await startTls(stream, handshake);
  socket.destroy();
}

Deno.test("startTls() verifies a name or an address", async () => {
  const ca = AUTHORITY.cert;
  await attempt({ host: "api.lab.test", ca, insecure: false });
  await attempt({ host: "127.0.0.1", ca, insecure: false });
});

Deno.test("startTls() fails in the handshake, not on the first write", async () => {
  const ca = AUTHORITY.cert;
  for (const host of ["other.test", "127.0.0.2"]) {
    await assert.rejects(attempt({ host, ca, insecure: false }), host);
  }
  await assert.rejects(
    attempt({ host: "api.lab.test", insecure: false }),
  );
});

Deno.test("startTls() destroys the stream when it fails", async () => {
  await using server = startFakeRawServer(async (connection) => {
    await connection.readBytes(1);
    await connection.write("no TLS here");
  });
  const stream = await connectTo(Number(server.url.port));
  const ca = AUTHORITY.cert;
  await assert.rejects(
    startTls(stream, { host: "api.lab.test", ca, insecure: false }),
  );
  assert(stream.destroyed);
});

Deno.test({
  name: "startTls() presents the client's certificate",
  ignore: !SEES_CLIENT_CERTIFICATES,
  async fn() {
    const plain = startFakeRawServer(async (connection) => {
      await connection.readToEnd();
    });
    const front = await startFakeMutualTlsFront(CERTIFICATE, {
      port: Number(plain.url.port),
      clientCa: AUTHORITY.cert,
    });
    const stream = await connectTo(front.port);
    const joined = front.joined();
    const socket = await startTls(stream, {
      host: "api.lab.test",
      ca: AUTHORITY.cert,
      insecure: false,
      ...AUTHORITY.issue("jane", { use: "client" }),
    });
    assert.equal(await joined, "jane");
    socket.destroy();
    front.close();
    await plain[Symbol.asyncDispose]();
  },
});
