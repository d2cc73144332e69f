import type { Digest } from "../oci/digest.ts";

/**
 * Path and raw query of an upload session, or a URL where that is on another
 * host. It comes from the registry and changes with every answer; its query
 * (`_state`) is a secret.
 */
export type UploadLocation = string & { readonly __brand: "UploadLocation" };

/** Options for {@linkcode parseUploadLocation}. */
export interface UploadLocationOptions {
  /**
   * The registry and the request that it answered, where the registry is a host
   * of its own, which may keep its sessions anywhere.
   *
   * @default {undefined} sessions are in the repository
   */
  readonly host?: {
    /** Scheme, host and port of the registry. */
    readonly origin: string;
    /** The URL of the request. */
    readonly url: string;
  };
}

const MAX_LENGTH = 8192;

/** RFC 3986, appendix B: scheme, authority, path, query; fragment dropped. */
const URI =
  /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(\?[^#]*)?(?:#.*)?$/;

/**
 * Takes the upload session out of a `Location`. Of a registry behind a transport
 * that alone knows the way, only path and query count, and the path must be that
 * of a session of this repository, perhaps below a prefix of the registry.
 *
 * A registry that is a host of its own may name other paths, as Artifact
 * Registry does, and other hosts: the specification allows both. No login goes
 * there, and never is it plain HTTP where the registry is not.
 *
 * @param location the header as the registry sent it
 * @returns `undefined` when it is not the location of such a session
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-blobs
 */
export function parseUploadLocation(
  location: string,
  repository: string,
  options: UploadLocationOptions = {},
): UploadLocation | undefined {
  if (location.length > MAX_LENGTH || !/^[\x21-\x7e]+$/.test(location)) {
    return undefined;
  }
  const match = URI.exec(location);
  if (match === null) return undefined;
  const [, scheme, authority, path = "", query = ""] = match;
  if (scheme !== undefined && !isHttp(scheme, authority)) return undefined;
  const isSession = isSessionPath(path, repository);
  const { host } = options;
  // A registry that was told another public name has the session all the same.
  const isHome = host === undefined ||
    new URL(host.url).host === new URL(host.origin).host;
  const found = isHome && isSession
    ? `${path}${query}`
    : host && locate(location, repository, host);
  return found as UploadLocation | undefined;
}

function locate(
  location: string,
  repository: string,
  { origin, url }: NonNullable<UploadLocationOptions["host"]>,
): string | undefined {
  const home = new URL(origin);
  const target = URL.parse(location, url);
  if (target === null || location.includes("\\")) return undefined;
  if (target.username !== "" || target.password !== "") return undefined;
  if (target.host === home.host) {
    const { pathname, search } = target;
    const isOther = pathname.includes("/v2/") &&
      !isSessionPath(pathname, repository);
    return isOther ? undefined : `${pathname}${search}`;
  }
  if (target.protocol !== "https:" && home.protocol !== "http:") {
    return undefined;
  }
  target.hash = "";
  return target.href;
}

/**
 * Adds the digest to a session's query, whose bytes stay as they are: servers
 * sign them.
 */
export function locationWithDigest(
  location: UploadLocation,
  digest: Digest,
): string {
  const separator = !location.includes("?")
    ? "?"
    : /[?&]$/.test(location)
    ? ""
    : "&";
  return `${location}${separator}digest=${digest}`;
}

function isHttp(scheme: string, authority: string | undefined): boolean {
  return /^https?$/i.test(scheme) && authority !== undefined &&
    authority !== "";
}

function isSessionPath(path: string, repository: string): boolean {
  // What one side decodes and the other does not can name another place.
  if (/%2f|%5c|%2e|\\|\/\/|\/\.{1,2}(?:\/|$)/i.test(path)) return false;
  // GHCR leaves the "s" away.
  const [, start = ""] = /^(\/.*)\/blobs\/uploads?\/[^/]+$/.exec(path) ?? [];
  return start.endsWith(`/v2/${repository}`);
}
