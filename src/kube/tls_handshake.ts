import type { Duplex } from "node:stream";
import { connect, type ConnectionOptions, type TLSSocket } from "node:tls";
import { serverNameIndication } from "./endpoint.ts";

/** What a TLS handshake needs to know. */
export interface TlsHandshake {
  /** The name or address that the certificate must be made out to. */
  readonly host: string;
  /** Authorities, PEM; absent for those that the runtime trusts by itself. */
  readonly ca?: string;
  /** Whether any certificate will do. */
  readonly insecure: boolean;
  /** The client's certificate, PEM. */
  readonly cert?: string;
  /** The client's key, PEM. */
  readonly key?: string;
}

/**
 * Speaks TLS over a connected stream and returns when the handshake is done.
 *
 * @throws the reason of the failure; the stream is destroyed then
 */
export async function startTls(
  stream: Duplex,
  handshake: TlsHandshake,
): Promise<TLSSocket> {
  const socket = connect(connectionOptions(stream, handshake));
  const handle: unknown = Reflect.get(socket, "_handle");
  // Who uses the socket later has ears of its own; nobody has in between.
  socket.on("error", () => {});
  try {
    await secureConnect(socket);
    await denoConnection(handle)?.handshake();
    return socket;
  } catch (reason) {
    // Deno 2.6 keeps a connection open whose handshake is still under way.
    socket.once("secure", () => denoConnection(handle)?.close());
    socket.destroy();
    stream.destroy();
    throw reason;
  }
}

function connectionOptions(
  stream: Duplex,
  handshake: TlsHandshake,
): ConnectionOptions {
  const { host, ca, insecure, cert, key } = handshake;
  const servername = serverNameIndication(host);
  return {
    socket: stream,
    host,
    minVersion: "TLSv1.2",
    ALPNProtocols: ["http/1.1"],
    rejectUnauthorized: !insecure,
    ...(servername === undefined ? {} : { servername }),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

function secureConnect(socket: TLSSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("The connection was closed")));
    socket.once("secureConnect", () => {
      socket.off("error", reject);
      resolve();
    });
  });
}

/**
 * Returns the runtime's own connection behind a socket, which Deno 2.6 has and
 * Deno 2.9 has not. Deno 2.6 emits "secureConnect" also when the handshake
 * failed, and leaves the reason out of the error that the first write then
 * meets; its own connection still knows it.
 */
function denoConnection(handle: unknown): Deno.TlsConn | undefined {
  if (typeof handle !== "object" || handle === null) return undefined;
  return Object.getOwnPropertySymbols(handle)
    .map((symbol): unknown => Reflect.get(handle, symbol))
    .find(isDenoTlsConnection);
}

function isDenoTlsConnection(value: unknown): value is Deno.TlsConn {
  return typeof value === "object" && value !== null && "handshake" in value &&
    typeof value.handshake === "function";
}
