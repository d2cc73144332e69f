import { discard } from "../http/body.ts";
import type { Transport, TransportWrapper } from "../http/transport.ts";
import { RegistryError } from "./registry_error.ts";

/** Options for {@linkcode followRedirects}. */
export interface RedirectOptions {
  /** The registry as users call it, for messages. */
  readonly registry: string;
  /** Carries requests to hosts that get no login. */
  readonly elsewhere: Transport;
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Registries redirect once, storage in front of others once more. */
const MAX_REDIRECTS = 5;

/** Headers that go along to another host. */
const KEPT_HEADERS = ["accept", "accept-encoding", "range", "user-agent"];

/**
 * Follows the redirects of reads to wherever a registry keeps its content,
 * without what proves to the registry who the caller is, and never from TLS to
 * plain HTTP. What is read there is verified by its digest like all content.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-blobs
 */
export function followRedirects(options: RedirectOptions): TransportWrapper {
  return (next: Transport): Transport => async (request) => {
    const response = await next(request);
    const isRead = request.method === "GET" || request.method === "HEAD";
    if (!isRead || !REDIRECTS.has(response.status)) return response;
    // GHCR leads whoever asks for its referrers to a page for people:
    // https://github.com/artifacthub/hub/issues/4785
    if (/\/referrers\/[^/]+$/.test(new URL(request.url).pathname)) {
      await discard(response);
      return new Response(null, { status: 404 });
    }
    return await follow(response, request, { ...options, next });
  };
}

async function follow(
  first: Response,
  request: Request,
  options: RedirectOptions & { readonly next: Transport },
): Promise<Response> {
  const { origin } = new URL(request.url);
  let response = first;
  let url = new URL(request.url);
  for (let hop = 0; REDIRECTS.has(response.status); hop++) {
    await discard(response);
    if (hop === MAX_REDIRECTS) {
      throw fault(request, response, {
        ...options,
        reason: `it redirects more than ${MAX_REDIRECTS} times`,
      });
    }
    url = nextUrl(url, response, { ...options, request });
    response = url.origin === origin
      ? await options.next(
        new Request(url, {
          method: request.method,
          headers: request.headers,
          redirect: "manual",
          signal: request.signal,
        }),
      )
      : await options.elsewhere(strangerRequest(url, request));
  }
  return response;
}

function nextUrl(
  current: URL,
  response: Response,
  options: RedirectOptions & { readonly request: Request },
): URL {
  const location = response.headers.get("location") ?? "";
  const url = URL.parse(location, current);
  const reason = location === ""
    ? "it redirects to nowhere"
    : url === null || url.username !== "" || url.password !== ""
    ? "it redirects to what is no address"
    : url.protocol !== "https:" && url.protocol !== current.protocol
    ? `it redirects from "${current.protocol}" to "${url.protocol}"`
    : undefined;
  if (url !== null && reason === undefined) return url;
  throw fault(options.request, response, {
    ...options,
    reason: reason ?? "it redirects to what is no address",
  });
}

function strangerRequest(url: URL, request: Request): Request {
  const headers = new Headers();
  for (const name of KEPT_HEADERS) {
    const value = request.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  return new Request(url, {
    method: request.method,
    headers,
    redirect: "manual",
    signal: request.signal,
  });
}

function fault(
  { method, url }: Request,
  { status }: Response,
  { registry, reason }: { readonly registry: string; readonly reason: string },
): RegistryError {
  const { pathname } = new URL(url);
  return new RegistryError(
    `Cannot read "${pathname}" from the registry "${registry}": ${reason}`,
    { method, path: pathname, status },
  );
}
