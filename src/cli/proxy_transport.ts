import { discard } from "../http/body.ts";
import { ReverseProxyError } from "../http/reverse_proxy_error.ts";
import type { Transport } from "../http/transport.ts";
import { LocationError } from "../kube/location_error.ts";
import { resolveLocation } from "../kube/location.ts";
import type { PodProxy } from "../kube/pod_proxy.ts";
import type { ClusterLink } from "./cluster_link.ts";

/** Where the registry is. */
export interface ProxiedRegistry {
  /** The way to its Pod. */
  readonly pod: PodProxy;
  /** The API server on that way, and the Pod's namespace. */
  readonly link: Pick<ClusterLink, "server" | "namespace">;
}

/**
 * Headers that mean something to a registry. All others stay here: an API server
 * and whatever stands in front of it may act on headers, such as
 * `Impersonate-User`, for the owner of the credentials. `Accept-Encoding` stays
 * as well: whatever is compressed on the way hides who answered.
 */
const REGISTRY_HEADERS =
  /^(?:accept|cache-control|content-[a-z-]+|docker-[a-z-]+|(?:want-)?(?:content-|repr-)?digest|if-[a-z-]+|oci-[a-z-]+|pragma|range|user-agent)$/;

/**
 * Makes the transport between a registry's clients and its Pod: only calls of
 * the registry's API go through, and what comes back makes sense to a client
 * that knows no more than the proxy's address.
 */
export function registryCalls({ pod, link }: ProxiedRegistry): Transport {
  return async (request) => {
    const { pathname } = new URL(request.url);
    if (!/^\/v2(?:\/|$)/.test(pathname)) {
      throw new ReverseProxyError(
        `Cannot forward the request: "${pathname}" is no path of a registry`,
        404,
      );
    }
    const headers = new Headers(
      [...request.headers].filter(([name]) => REGISTRY_HEADERS.test(name)),
    );
    const { method, body, signal } = request;
    const answer = await pod.transport(
      new Request(request.url, { method, headers, body, signal }),
    );
    if (answer.status === 401) {
      await discard(answer);
      throw loginWanted();
    }
    if (answer.status !== 201) return answer;
    return withLocation(answer, {
      current: pathname,
      segment: await pod.segment(),
      link,
    });
  };
}

/** The API server lets no `Authorization` through, so none could help. */
function loginWanted(): ReverseProxyError {
  return new ReverseProxyError(
    "Cannot use the registry: it wants a login, which cannot pass the API " +
      "server",
    403,
  );
}

/** The way to a Pod leaves the `Location` of what was made as it came. */
function withLocation(
  answer: Response,
  { current, segment, link }: {
    readonly current: string;
    readonly segment: string;
    readonly link: ProxiedRegistry["link"];
  },
): Response {
  const location = answer.headers.get("location");
  if (location === null) return answer;
  const { server, namespace } = link;
  const path = `/api/v1/namespaces/${namespace}/pods/${segment}/proxy`;
  const base = server.pathname.replace(/\/$/, "");
  const address = { origin: server, prefixes: [`${base}${path}`, path] };
  const headers = new Headers(answer.headers);
  try {
    const options = { address, current, redirect: false };
    headers.set("location", resolveLocation(location, options));
  } catch (error) {
    if (!(error instanceof LocationError)) throw error;
    // It only informs: a client that gets none goes by the digest.
    headers.delete("location");
  }
  const { status, statusText, body } = answer;
  return new Response(body, { status, statusText, headers });
}
