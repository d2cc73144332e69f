/** What the API server compares a `Location` with. */
export interface RewriteContext {
  /** The Pod proxy's path, up to and including `/proxy`. */
  readonly prefix: string;
  /** Host and port of the Pod. */
  readonly pod: string;
  /** The `Host` that the client sent. */
  readonly requestHost: string;
}

/**
 * Rewrites a `Location` as the API server does: it keeps foreign hosts and
 * relative paths, drops the Pod's own host, and leaves the scheme as `http`
 * where the registry wrote the client's host into it.
 *
 * @see https://github.com/kubernetes/apimachinery/blob/v0.34.4/pkg/util/proxy/transport.go
 */
export function rewriteLocation(
  location: string,
  { prefix, pod, requestHost }: RewriteContext,
): string {
  const [, origin = "", host = "", path = "", rest = ""] =
    /^((?:[a-z]+:)?\/\/([^/?#]*))?([^?#]*)(.*)$/i.exec(location) ?? [];
  if (host !== "" && host !== pod && host !== requestHost) return location;
  if (!path.startsWith("/")) return location;
  const kept = host === requestHost ? origin : "";
  const target = path.startsWith(prefix) ? path : `${prefix}${path}`;
  return `${kept}${target}${rest}`;
}
