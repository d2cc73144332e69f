import { LocationError } from "./location_error.ts";

/** Where the registry appears behind the API server. */
export interface ProxyAddress {
  /** Scheme, host and port of the API server, as requests name it. */
  readonly origin: URL;
  /**
   * Paths in front of the registry's own: with the base path of the API
   * server's URL, and without it, as the API server itself sees them.
   */
  readonly prefixes: readonly string[];
}

/** Options for {@linkcode resolveLocation}. */
export interface ResolveLocationOptions {
  /** Where the registry appears. */
  readonly address: ProxyAddress;
  /** Path of the request that was answered, as the registry sees it. */
  readonly current: string;
  /**
   * Whether the answer is a redirect to content (3xx to GET or HEAD), which may
   * lead to another host.
   */
  readonly redirect: boolean;
}

/** Longer ones come from nobody who means well. */
const MAX_LENGTH = 8192;

/** Scheme, authority, path and query of a reference; RFC 3986, appendix B. */
const REFERENCE =
  /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(\?[^#]*)?(?:#.*)?$/;

/**
 * Resolves a URL that the registry sent to a path in the registry, with its
 * query byte for byte. Scheme, host, port, namespace and Pod of a request never
 * come from an answer: only this path and query do.
 *
 * @returns the path, or the URL as it came when a redirect leads to another
 *   host, where no credentials may go
 * @throws {LocationError} when it is malformed, or leads out of the registry
 * @see https://www.rfc-editor.org/rfc/rfc3986#appendix-B
 */
export function resolveLocation(
  location: string,
  options: ResolveLocationOptions,
): string {
  const { address, current, redirect } = options;
  const { scheme, authority, path, query } = split(location);
  const stripped = strip(path, address.prefixes);
  if (authority === undefined) {
    const target = relativeTo(current, path, stripped.path);
    return checkPath(location, target) + query;
  }
  const own = stripped.found || isOwnHost(authority, scheme, address.origin);
  if (!own && redirect) {
    if (scheme !== "") return location;
    throw new LocationError(location, "it names another host but no scheme");
  }
  // A registry that was told its public name (`http.host`) writes that name
  // into its upload URLs; the Pod that opened the session still has it.
  return checkPath(location, stripped.path) + query;
}

interface Parts {
  readonly scheme: string;
  readonly authority: string | undefined;
  readonly path: string;
  readonly query: string;
}

/** `new URL()` would strip tabs and turn `\` into `/`, and so hide a host. */
function split(location: string): Parts {
  if (location === "") throw new LocationError(location, "it is empty");
  if (location.length > MAX_LENGTH) {
    throw new LocationError(
      location,
      `it has ${location.length} characters, at most ${MAX_LENGTH} are read`,
    );
  }
  if (/[^\x21-\x7e]|\\/.test(location)) {
    throw new LocationError(
      location,
      "it holds a character that no URL may hold",
    );
  }
  const [, rawScheme, authority, path = "", query = ""] =
    REFERENCE.exec(location) ?? [];
  const scheme = rawScheme?.toLowerCase() ?? "";
  if (scheme !== "" && scheme !== "http" && scheme !== "https") {
    throw new LocationError(location, `its scheme is "${scheme}"`);
  }
  if (scheme !== "" && authority === undefined) {
    throw new LocationError(location, "it has a scheme but no host");
  }
  if (authority === "" || authority?.includes("@")) {
    throw new LocationError(
      location,
      "its host is empty, or has a user in front of it",
    );
  }
  return { scheme, authority, path, query };
}

function relativeTo(current: string, path: string, stripped: string): string {
  if (path === "") return current;
  if (path.startsWith("/")) return stripped;
  return current.slice(0, current.lastIndexOf("/") + 1) + path;
}

/** Takes away what the API server put in front of the registry's path. */
function strip(
  path: string,
  prefixes: readonly string[],
): { readonly path: string; readonly found: boolean } {
  for (const prefix of prefixes) {
    for (const spelled of [prefix, prefix.replaceAll(":", "%3A")]) {
      if (path === spelled) return { path: "/", found: true };
      if (path.startsWith(`${spelled}/`)) {
        return { path: path.slice(spelled.length), found: true };
      }
    }
  }
  return { path, found: false };
}

function isOwnHost(authority: string, scheme: string, origin: URL): boolean {
  const own = `${origin.hostname}:${
    origin.port || defaultPort(origin.protocol)
  }`;
  const host = authority.toLowerCase();
  const hasPort = /:\d+$/.test(host);
  const port = defaultPort(scheme === "" ? origin.protocol : `${scheme}:`);
  // The API server keeps the host that the client sent but writes `http`, so
  // the port that belongs to the kubeconfig's scheme counts as well.
  return host === origin.host || (hasPort ? host : `${host}:${port}`) === own;
}

function defaultPort(protocol: string): string {
  return protocol === "https:" ? "443" : "80";
}

/**
 * Makes sure that a path stays in the registry: whatever the API server or the
 * registry decode or clean once more must not lead out of it.
 */
function checkPath(location: string, path: string): string {
  // No name, tag, digest or session has a character that needs encoding.
  if (/\/\/|%/.test(path)) {
    throw new LocationError(
      location,
      "its path holds a double slash or an encoded character",
    );
  }
  const clean = removeDotSegments(path);
  if (!/^(?:\/[^/]+)*\/v2(?:\/|$)/.test(clean)) {
    throw new LocationError(location, "it leads out of the registry");
  }
  return clean;
}

/** @see https://www.rfc-editor.org/rfc/rfc3986#section-5.2.4 */
function removeDotSegments(path: string): string {
  const output: string[] = [];
  const segments = path.split("/").slice(1);
  for (const [index, segment] of segments.entries()) {
    const last = index === segments.length - 1;
    if (segment === "..") output.pop();
    if (segment !== "." && segment !== "..") output.push(segment);
    else if (last) output.push("");
  }
  return `/${output.join("/")}`;
}
