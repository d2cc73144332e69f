/**
 * Headers about one connection.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1
 */
const CONNECTION_HEADERS: readonly string[] = [
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

/** What a client tells this server alone, or does not get to tell at all. */
const CLIENT_HEADERS: readonly string[] = [
  // The transport has credentials of its own, and those alone may be sent.
  "authorization",
  "cookie",
  "expect",
  "forwarded",
  "host",
  "origin",
];

/** What a server says of its own host. */
const SERVER_HEADERS: readonly string[] = [
  "alt-svc",
  "set-cookie",
  "strict-transport-security",
];

/** Returns the headers of a request that are forwarded. */
export function requestHeaders(headers: Headers): Headers {
  return without(headers, CLIENT_HEADERS);
}

/** Returns the headers of an answer that the client gets. */
export function responseHeaders(headers: Headers): Headers {
  const kept = without(headers, SERVER_HEADERS);
  // Deno's server compresses what it can, and bytes must arrive as they are.
  const control = kept.get("cache-control");
  kept.set(
    "cache-control",
    control === null ? "no-transform" : `${control}, no-transform`,
  );
  return kept;
}

function without(headers: Headers, names: readonly string[]): Headers {
  const kept = new Headers(headers);
  const named = (headers.get("connection") ?? "").split(",")
    .map((name) => name.trim())
    .filter((name) => /^[\w-]+$/.test(name));
  for (const name of [...CONNECTION_HEADERS, ...named, ...names]) {
    kept.delete(name);
  }
  return kept;
}
