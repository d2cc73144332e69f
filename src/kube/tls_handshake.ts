import type { Duplex } from "node:stream";
import { connect, type ConnectionOptions, type TLSSocket } from "node:tls";
import { serverNameIndication } from "./endpoint.ts";
import { isPublicInPlaceOfPrivate } from "./public_authority.ts";

/** What a TLS handshake needs to know. */
export interface TlsHandshake {
  /** The name or address that the certificate must be made out to. */
  readonly host: string;
  /** Authorities, PEM, in place of the public ones. */
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
  try {
    await secureConnect(socket);
    if (await denoHandshake(socket)) refusePublicAuthority(socket, handshake);
    return socket;
  } catch (reason) {
    socket.on("error", () => {});
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
 * Deno 2.6 emits "secureConnect" also when the handshake failed, and leaves its
 * reason out of the error that the first write then meets. The runtime's own
 * connection behind the socket still knows it. Deno 2.9 has none there.
 *
 * @returns whether there is one
 */
async function denoHandshake(socket: TLSSocket): Promise<boolean> {
  const handle: unknown = Reflect.get(socket, "_handle");
  if (typeof handle !== "object" || handle === null) return false;
  for (const symbol of Object.getOwnPropertySymbols(handle)) {
    const connection: unknown = Reflect.get(handle, symbol);
    if (!isDenoTlsConnection(connection)) continue;
    await connection.handshake();
    return true;
  }
  return false;
}

function refusePublicAuthority(
  socket: TLSSocket,
  { ca, insecure }: TlsHandshake,
): void {
  if (ca === undefined || insecure) return;
  if (!isPublicInPlaceOfPrivate(socket.getPeerCertificate().raw, ca)) return;
  throw new Error("Invalid peer certificate: issued by a public authority");
}

function isDenoTlsConnection(
  value: unknown,
): value is Pick<Deno.TlsConn, "handshake"> {
  return typeof value === "object" && value !== null && "handshake" in value &&
    typeof value.handshake === "function";
}
