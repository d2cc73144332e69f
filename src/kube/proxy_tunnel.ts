import { Buffer } from "node:buffer";
import type { Duplex } from "node:stream";
import { type Endpoint, formatEndpoint } from "./endpoint.ts";
import { formatRequestHead, readResponseHead } from "./http_head.ts";
import { openSocks5, type ProxyLogin, SocksError } from "./socks5.ts";
import { TunnelReader } from "./tunnel_reader.ts";

/** A proxy refused to open a tunnel; the message says why. */
export class TunnelError extends Error {
  /** Tells this class from other errors. */
  override readonly name = "TunnelError";
  /** Whether the same request may work a little later. */
  readonly transient: boolean;

  constructor(message: string, options: ErrorOptions & { transient: boolean }) {
    super(message, options);
    this.transient = options.transient;
  }
}

/**
 * Has a proxy, to which the socket is connected, open a tunnel to the target.
 * The socket then speaks with the target.
 *
 * @throws {TunnelError} when the proxy refuses
 */
export async function openTunnel(
  socket: Duplex,
  proxy: URL,
  target: Endpoint,
): Promise<void> {
  try {
    if (proxy.protocol === "socks5:") {
      await openSocks5(socket, target, proxyLogin(proxy));
    } else {
      await openHttpTunnel(socket, proxy, target);
    }
  } catch (cause) {
    if (cause instanceof TunnelError) throw cause;
    const message = cause instanceof Error ? cause.message : String(cause);
    const transient = !(cause instanceof SyntaxError) &&
      (!(cause instanceof SocksError) || cause.transient);
    throw new TunnelError(message, { cause, transient });
  }
}

/** Returns the `Proxy-Authorization` that a proxy URL's userinfo means. */
export function proxyAuthorization(proxy: URL): string | undefined {
  const login = proxyLogin(proxy);
  if (login === undefined) return undefined;
  const pair = Buffer.from(`${login.username}:${login.password}`);
  return `Basic ${pair.toString("base64")}`;
}

function proxyLogin(proxy: URL): ProxyLogin | undefined {
  if (proxy.username === "" && proxy.password === "") return undefined;
  return {
    username: decodeURIComponent(proxy.username),
    password: decodeURIComponent(proxy.password),
  };
}

/** @see https://www.rfc-editor.org/rfc/rfc9110#section-9.3.6 */
async function openHttpTunnel(
  socket: Duplex,
  proxy: URL,
  target: Endpoint,
): Promise<void> {
  const authority = formatEndpoint(target);
  const authorization = proxyAuthorization(proxy);
  const headers: [string, string][] = [["host", authority]];
  if (authorization) headers.push(["proxy-authorization", authorization]);
  socket.write(
    formatRequestHead({ method: "CONNECT", target: authority, headers }),
  );
  const reader = new TunnelReader(socket);
  const head = await readResponseHead(reader);
  if (head === null) {
    throw new TunnelError("It closed the connection", { transient: true });
  }
  if (head.status < 200 || head.status > 299) {
    throw new TunnelError(
      `It answered ${`${head.status} ${head.statusText}`.trim()}`,
      { transient: head.status >= 500 },
    );
  }
  if (reader.hasBytes) {
    throw new TunnelError("It sent bytes ahead of the server's", {
      transient: false,
    });
  }
}
