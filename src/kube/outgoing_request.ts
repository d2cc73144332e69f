import type { Connection, Credentials } from "./connection.ts";
import type { RequestHead } from "./http_head.ts";
import { proxyAuthorization } from "./proxy_tunnel.ts";

/** Options for {@linkcode outgoingHead}. */
export interface OutgoingHeadOptions {
  /** Who the caller is. */
  readonly credentials: Credentials;
  /** The `User-Agent`, where the request names none. */
  readonly userAgent: string;
}

/** What belongs to one connection, or is written by this program alone. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

const BODY_METHODS: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH"]);

/**
 * Checks that a URL is the connection's own server: the credentials go nowhere
 * else, whoever made the URL.
 *
 * @throws {TypeError} when it is not
 */
export function assertOwnUrl(connection: Connection, text: string): void {
  const url = new URL(text);
  const { server } = connection;
  const base = server.pathname.replace(/\/$/, "");
  const inside = url.protocol === server.protocol && url.host === server.host &&
    url.username === "" && url.password === "" &&
    url.pathname.startsWith(`${base}/`) && !climbs(url.pathname);
  if (inside) return;
  throw new TypeError(
    `Cannot send a request to "${url.origin}${url.pathname}": it is not under ` +
      `the API server "${server.href}"`,
  );
}

/** Encoded slashes and dots could still leave the base path on the server. */
function climbs(pathname: string): boolean {
  const plain = pathname.replace(/%2f|%5c/gi, "/").replace(/%2e/gi, ".");
  return plain.split(/[/\\]/).some((part) => part === "." || part === "..");
}

/** Makes the head of a request as it goes over the wire. */
export function outgoingHead(
  connection: Connection,
  request: Request,
  options: OutgoingHeadOptions,
): RequestHead {
  const url = new URL(request.url);
  const path = `${url.pathname}${url.search}`;
  const throughHttpProxy = viaHttpProxy(connection);
  return {
    method: request.method,
    target: throughHttpProxy ? `${url.origin}${path}` : path,
    headers: [
      ["host", url.host],
      ...ownHeaders(connection, request, options),
      ...[...request.headers].filter(([name]) => !OWN_HEADERS.has(name)),
      ...framingHeaders(request),
      ...(throughHttpProxy ? proxyHeaders(connection) : []),
    ],
  };
}

/** The length of a request's body in bytes; `undefined` when it is unknown. */
export function bodyLength(request: Request): number | undefined {
  const header = request.headers.get("content-length");
  if (header !== null && /^\d+$/.test(header)) return Number(header);
  return request.body === null ? 0 : undefined;
}

/** Whether requests are sent to an HTTP proxy, which forwards them. */
function viaHttpProxy(connection: Connection): boolean {
  return connection.server.protocol === "http:" &&
    connection.proxy !== undefined && connection.proxy.protocol !== "socks5:";
}

function proxyHeaders({ proxy }: Connection): [string, string][] {
  const authorization = proxy && proxyAuthorization(proxy);
  return authorization ? [["proxy-authorization", authorization]] : [];
}

function ownHeaders(
  connection: Connection,
  request: Request,
  options: OutgoingHeadOptions,
): (readonly [string, string])[] {
  const { authorization } = options.credentials;
  const given = request.headers;
  const headers: (readonly [string, string])[] = [...connection.impersonation];
  if (authorization !== undefined && !given.has("authorization")) {
    headers.push(["authorization", authorization]);
  }
  if (!given.has("user-agent")) headers.push(["user-agent", options.userAgent]);
  // Without it the API server asks for gzip and unpacks, losing the length.
  if (!given.has("accept-encoding")) {
    headers.push(["accept-encoding", "identity"]);
  }
  return headers;
}

function framingHeaders(request: Request): [string, string][] {
  const length = bodyLength(request);
  if (length === undefined) return [["transfer-encoding", "chunked"]];
  if (request.body === null && !BODY_METHODS.has(request.method)) return [];
  return [["content-length", String(length)]];
}
