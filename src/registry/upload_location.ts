import type { Digest } from "../oci/digest.ts";

/**
 * Path and raw query of an upload session. It comes from the registry and
 * changes with every answer; its query (`_state`) is a secret.
 */
export type UploadLocation = string & { readonly __brand: "UploadLocation" };

const MAX_LENGTH = 8192;

/** RFC 3986, appendix B: scheme, authority, path, query; fragment dropped. */
const URI =
  /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(\?[^#]*)?(?:#.*)?$/;

/**
 * Takes the upload session out of a `Location`: only path and query of it, for
 * requests go where the transport goes and nowhere else. The path must be that
 * of a session of this repository, perhaps below a prefix of the registry.
 *
 * @param location the header as the registry sent it
 * @returns `undefined` when it is not the location of such a session
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-blobs
 */
export function parseUploadLocation(
  location: string,
  repository: string,
): UploadLocation | undefined {
  if (location.length > MAX_LENGTH || !/^[\x21-\x7e]+$/.test(location)) {
    return undefined;
  }
  const match = URI.exec(location);
  if (match === null) return undefined;
  const [, scheme, authority, path = "", query = ""] = match;
  if (scheme !== undefined && !isHttp(scheme, authority)) return undefined;
  if (!isSessionPath(path, repository)) return undefined;
  return `${path}${query}` as UploadLocation;
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
  if (!path.startsWith("/")) return false;
  const uploads = `/v2/${repository}/blobs/uploads/`;
  const start = path.indexOf(uploads);
  if (start === -1) return false;
  const session = path.slice(start + uploads.length);
  return session !== "" && !session.includes("/");
}
