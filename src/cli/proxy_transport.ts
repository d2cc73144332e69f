import { discard } from "../http/body.ts";
import { ReverseProxyError } from "../http/reverse_proxy_error.ts";
import type { Transport } from "../http/transport.ts";

/**
 * Headers that mean something to a registry. All others stay here: an API server
 * and whatever stands in front of it may act on headers, such as
 * `Impersonate-User`, for the owner of the credentials. `Accept-Encoding` stays
 * as well: whatever is compressed on the way hides who answered.
 */
const REGISTRY_HEADERS =
  /^(?:accept|cache-control|content-[a-z-]+|docker-[a-z-]+|(?:want-)?(?:content-|repr-)?digest|if-[a-z-]+|oci-[a-z-]+|pragma|range|user-agent)$/;

/**
 * Lets only calls of the registry's API through to its Pod, and says what a
 * client can make something of.
 *
 * @param next the way to the Pod
 */
export function registryCalls(next: Transport): Transport {
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
    const answer = await next(
      new Request(request.url, { method, headers, body, signal }),
    );
    if (answer.status !== 401) return answer;
    await discard(answer);
    throw loginWanted();
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
