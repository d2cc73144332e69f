import type { Duplex } from "node:stream";
import { connect, type Socket } from "node:net";
import { type PeerCertificate, rootCertificates } from "node:tls";
import type { ClientCertificate, Connection } from "./connection.ts";
import { dialFailure, tunnelFailure } from "./connection_failure.ts";
import { endpointOf } from "./endpoint.ts";
import { relay } from "./loopback_relay.ts";
import { openTunnel, TunnelError } from "./proxy_tunnel.ts";
import { isCertificateFailure, tlsFailure } from "./tls_failure.ts";
import { startTls } from "./tls_handshake.ts";

/** Milliseconds for TCP, as kubectl waits. */
const DIAL_TIMEOUT = 30_000;

/** Milliseconds for a TLS handshake, as kubectl waits. */
const HANDSHAKE_TIMEOUT = 10_000;

/** How long an idle connection may be silent before TCP asks, in ms. */
const KEEP_ALIVE_DELAY = 30_000;

/** Options for {@linkcode dial}. */
export interface DialOptions {
  /** The certificate that the client presents. */
  readonly certificate?: ClientCertificate;
  /** Ends the attempt. */
  readonly signal: AbortSignal;
}

/**
 * Connects to the API server of a connection: TCP, the proxy if there is one,
 * TLS for an `https:` server.
 *
 * @throws {ConnectionError} when that fails
 */
export async function dial(
  connection: Connection,
  options: DialOptions,
): Promise<Duplex> {
  const stream = await reach(connection, options.signal);
  if (connection.server.protocol === "http:") return stream;
  try {
    const { insecure } = connection.tls;
    return await handshake(connection, stream, { ...options, insecure });
  } catch (cause) {
    options.signal.throwIfAborted();
    const certificate = isCertificateFailure(cause)
      ? await presentedCertificate(connection, options.signal)
      : undefined;
    throw tlsFailure(connection, {
      cause,
      now: new Date(),
      ...(certificate === undefined ? {} : { certificate }),
    });
  }
}

/**
 * Looks at the certificate of a server that was not trusted, for the message;
 * nothing is sent over that connection.
 */
async function presentedCertificate(
  connection: Connection,
  signal: AbortSignal,
): Promise<PeerCertificate | undefined> {
  try {
    const stream = await reach(connection, signal);
    const socket = await handshake(connection, stream, {
      signal,
      insecure: true,
    });
    const certificate = socket.getPeerCertificate();
    socket.destroy();
    return certificate;
  } catch {
    // The first failure is reported, without what would have been seen here.
    return undefined;
  }
}

function handshake(
  connection: Connection,
  stream: Duplex,
  options: DialOptions & { readonly insecure: boolean },
) {
  const { tls, server } = connection;
  const { certificate, insecure, signal } = options;
  return within(
    stream,
    startTls(stream, {
      host: tls.serverName ?? endpointOf(server).host,
      insecure,
      ...(tls.ca === undefined ? {} : { ca: tls.ca }),
      ...(certificate ?? {}),
    }),
    { timeout: HANDSHAKE_TIMEOUT, signal },
  );
}

/** Opens the way to the server: TCP, and a tunnel when a proxy is between. */
async function reach(
  connection: Connection,
  signal: AbortSignal,
): Promise<Duplex> {
  const { proxy, server } = connection;
  const socket = await connectTcp(connection, signal);
  // A plain-HTTP request through an HTTP proxy needs no tunnel.
  const forwarded = server.protocol === "http:" &&
    proxy?.protocol !== "socks5:";
  if (proxy === undefined) return socket;
  let stream: Duplex = socket;
  try {
    if (proxy.protocol === "https:") {
      stream = await within(socket, startProxyTls(connection, socket, proxy), {
        timeout: HANDSHAKE_TIMEOUT,
        signal,
      });
    }
    if (forwarded) return stream;
    await within(stream, openTunnel(stream, proxy, endpointOf(server)), {
      timeout: DIAL_TIMEOUT,
      signal,
    });
    return proxy.protocol === "https:" ? await relay(stream) : stream;
  } catch (cause) {
    stream.destroy();
    socket.destroy();
    signal.throwIfAborted();
    const reason = cause instanceof Error ? cause : new Error(String(cause));
    const transient = !(cause instanceof TunnelError) || cause.transient;
    throw tunnelFailure(connection, reason, transient);
  }
}

/**
 * The proxy may have a public certificate or one of the cluster's authority; it
 * never sees the client's certificate, and TLS to the server goes inside.
 */
function startProxyTls(connection: Connection, socket: Socket, proxy: URL) {
  const { ca, insecure } = connection.tls;
  return startTls(socket, {
    host: endpointOf(proxy).host,
    insecure,
    ...(ca === undefined ? {} : { ca: [...rootCertificates, ca].join("\n") }),
  });
}

async function connectTcp(
  connection: Connection,
  signal: AbortSignal,
): Promise<Socket> {
  signal.throwIfAborted();
  const socket = connect(endpointOf(connection.proxy ?? connection.server));
  // Deno 2.6 cannot start TLS over a socket that is being read already.
  socket.pause();
  const connected = new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    // It stays: nobody else listens until TLS or HTTP takes the socket over.
    socket.on("error", reject);
  });
  try {
    await within(socket, connected, { timeout: DIAL_TIMEOUT, signal });
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_DELAY);
    return socket;
  } catch (cause) {
    socket.destroy();
    signal.throwIfAborted();
    throw dialFailure(connection, cause);
  }
}

/** Waits for a step, but not forever; an aborted stream fails it. */
async function within<T>(
  stream: Duplex,
  step: Promise<T>,
  { timeout, signal }: { timeout: number; signal: AbortSignal },
): Promise<T> {
  // Who is late may still fail, and nobody waits for that any more.
  step.catch(() => {});
  const { promise: late, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  const timer = setTimeout(
    () => reject(new Error(`No answer came in time (${timeout / 1000} s)`)),
    timeout,
  );
  signal.addEventListener("abort", onAbort);
  try {
    return await Promise.race([step, late]);
  } catch (reason) {
    stream.on("error", () => {});
    stream.destroy();
    throw reason;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}
