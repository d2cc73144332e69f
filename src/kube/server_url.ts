/** A server of a kubeconfig is no URL that an API server can have. */
export class ServerUrlError extends SyntaxError {
  /** Tells this class from other errors. */
  override readonly name = "ServerUrlError";
}

const ABSOLUTE = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/[^/?#]/;
// deno-lint-ignore no-control-regex
const FORBIDDEN = /[\x00-\x20\\\x7f]/;

/**
 * Parses the server of a cluster as kubectl does: without a scheme it is plain
 * http and has no path; query and fragment do not count; a path is the prefix
 * of every request.
 *
 * @see https://github.com/kubernetes/client-go/blob/v0.34.4/rest/url_utils.go
 * @returns a URL whose path has no trailing slash, but for the root
 * @throws {ServerUrlError} when it is something else
 */
export function parseServerUrl(server: string): URL {
  if (FORBIDDEN.test(server)) {
    throw new ServerUrlError(
      "It has a space, a backslash or a control character",
    );
  }
  const scheme = ABSOLUTE.exec(server)?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== "http" && scheme !== "https") {
    throw new ServerUrlError(`Unsupported protocol scheme "${scheme}"`);
  }
  const url = URL.parse(scheme === undefined ? `http://${server}` : server);
  if (!url || url.hostname === "") throw new ServerUrlError("It is not a URL");
  if (url.username !== "" || url.password !== "") {
    throw new ServerUrlError(
      "It holds a user name or password\nGive them as username and password of the user",
    );
  }
  if (scheme === undefined && url.pathname !== "/") {
    throw new ServerUrlError(
      `Host must be a URL or a host:port pair: "${server}"`,
    );
  }
  return withoutSuffix(url);
}

function withoutSuffix(url: URL): URL {
  const base = new URL(url.origin);
  base.pathname = url.pathname.replaceAll(/\/{2,}/g, "/").replace(/\/$/, "");
  return base;
}

/**
 * Returns the server in the spelling that kubectl shows to exec plugins: as it
 * was written, but without query and fragment when it has a path.
 */
export function displayedServer(server: string): string {
  const hasPath = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/?#]+\/[^?#]/.test(server);
  return hasPath ? server.replace(/[?#].*$/, "") : server;
}
