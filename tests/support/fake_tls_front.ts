import { strict as assert } from "node:assert";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { createServer, type TLSSocket } from "node:tls";
import type { KeyPair } from "./pki.ts";

/** Who a client certificate is made out to. */
export interface FakePeer {
  /** The common name: the user in Kubernetes. */
  readonly user: string;
}

/** Options for {@linkcode startFakeTlsFront}. */
export interface FakeTlsFrontOptions {
  /** The plain server on loopback that gets what clients send. */
  readonly port: number;
  /** The authority of client certificates; absent to ask for none. */
  readonly clientCa?: string;
}

/** Takes TLS off connections and passes them on. */
export interface FakeTlsFront {
  /** Where it listens on loopback. */
  readonly port: number;
  /**
   * Who is behind a connection, by the port it comes from on the plain side;
   * `undefined` without a good certificate.
   */
  peer(port: number): FakePeer | undefined;
  /** Returns the user of the next connection; "" for nobody known. */
  joined(): Promise<string>;
  /** Breaks all connections. */
  dropConnections(): void;
  /** Stops listening and breaks all connections. */
  close(): void;
}

/**
 * Whether this version of Deno lets a server see client certificates: 2.6 does
 * not ask for them.
 */
export const SEES_CLIENT_CERTIFICATES = !Deno.version.deno.startsWith("2.6.");

/** Starts a TLS server on loopback in front of a plain one. */
export function startFakeTlsFront(
  certificate: KeyPair,
  options: FakeTlsFrontOptions,
): FakeTlsFront {
  return denoFront(certificate, options);
}

/** The same, with client certificates; for versions of Deno that have them. */
export async function startFakeMutualTlsFront(
  certificate: KeyPair,
  options: FakeTlsFrontOptions,
): Promise<FakeTlsFront> {
  const sockets = new Set<Socket>();
  const peers = new Map<number, FakePeer>();
  const joining: ((user: string) => void)[] = [];
  const server = createServer({
    ...certificate,
    ca: options.clientCa,
    requestCert: true,
    // As the API server does: who has no good certificate is anonymous.
    rejectUnauthorized: false,
  }, (socket) => {
    const plain = connect(options.port, "127.0.0.1");
    const user = socket.authorized ? commonName(socket) : "";
    joining.shift()?.(user);
    join(sockets, socket, plain);
    plain.once("connect", () => {
      if (plain.localPort && user !== "") peers.set(plain.localPort, { user });
      socket.pipe(plain);
      plain.pipe(socket);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert(address !== null && typeof address === "object");
  const dropConnections = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: address.port,
    peer: (port) => peers.get(port),
    joined: () => new Promise((resolve) => joining.push(resolve)),
    dropConnections,
    close() {
      server.close();
      dropConnections();
    },
  };
}

function commonName(socket: TLSSocket): string {
  const name: unknown = socket.getPeerCertificate().subject.CN;
  assert(typeof name === "string");
  return name;
}

function join(sockets: Set<Socket>, one: Socket, other: Socket): void {
  for (const socket of [one, other]) {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => {
      sockets.delete(socket);
      one.destroy();
      other.destroy();
    });
  }
}

function denoFront(
  certificate: KeyPair,
  options: FakeTlsFrontOptions,
): FakeTlsFront {
  const listener = Deno.listenTls({
    ...certificate,
    hostname: "127.0.0.1",
    port: 0,
  });
  const open = new Set<Deno.Conn>();
  const dropConnections = () => {
    for (const connection of open) closeQuietly(connection);
    open.clear();
  };
  accept(listener, async (client) => {
    const plain = await Deno.connect({
      hostname: "127.0.0.1",
      port: options.port,
    });
    open.add(client);
    open.add(plain);
    await Promise.allSettled([
      client.readable.pipeTo(plain.writable),
      plain.readable.pipeTo(client.writable),
    ]);
    for (const connection of [client, plain]) {
      open.delete(connection);
      closeQuietly(connection);
    }
  });
  return {
    port: listener.addr.port,
    peer: () => undefined,
    joined: () => Promise.resolve(""),
    dropConnections,
    close() {
      listener.close();
      dropConnections();
    },
  };
}

async function accept(
  listener: Deno.TlsListener,
  serve: (connection: Deno.TlsConn) => Promise<void>,
): Promise<void> {
  for await (const connection of listener) {
    connection.handshake().then(() => serve(connection)).catch(() =>
      closeQuietly(connection)
    );
  }
}

/** The other side may have closed it first. */
function closeQuietly(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch (reason) {
    assert(reason instanceof Deno.errors.BadResource);
  }
}
