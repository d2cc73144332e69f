import { readBody } from "../http/body.ts";
import { JsonObject, parseJsonDocument } from "../oci/json_document.ts";
import type { RegistryClient } from "./registry_client.ts";
import { RegistryError } from "./registry_error.ts";

/** A list that a registry gives page by page. */
export interface PagedRequest {
  /** Path and query of the first page. */
  readonly path: string;
  /** What is tried, as it stands after "Cannot" in messages. */
  readonly action: string;
  /** Whether a 404 is an empty list. */
  readonly emptyWhenAbsent?: boolean;
  /** Headers of each request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Ends the requests. */
  readonly signal?: AbortSignal;
}

/** One page of a list. */
export interface Page {
  /** The document. */
  readonly body: JsonObject;
  /** The headers that came with it. */
  readonly headers: Headers;
}

/** A page of names is far smaller; a page of referrers is an index. */
const MAX_PAGE_BYTES = 16 * 1024 * 1024;

/**
 * Fetches the pages of a list. The `Link` of the answer leads to the next one:
 * neither order nor number of entries tells where a page ends.
 *
 * @throws {RegistryError} when the registry does not give the list
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-tags
 */
export async function* fetchPages(
  client: RegistryClient,
  request: PagedRequest,
): AsyncGenerator<Page> {
  const seen = new Set<string>();
  let path: string | undefined = request.path;
  while (path !== undefined) {
    if (seen.has(path)) throw endless(request);
    seen.add(path);
    const page = await fetchPage(client, request, path);
    if (page === undefined) return;
    yield page;
    path = nextPage(page.headers, path);
  }
}

function fetchPage(
  client: RegistryClient,
  request: PagedRequest,
  path: string,
): Promise<Page | undefined> {
  const { signal, headers, action, emptyWhenAbsent } = request;
  return client.retry(async () => {
    const response = await client.send({
      method: "GET",
      path,
      action,
      expected: emptyWhenAbsent ? [200, 404] : [200],
      ...headers && { headers },
      ...signal && { signal },
    });
    const bytes = await readBody(response, MAX_PAGE_BYTES);
    if (response.status === 404) return undefined;
    const document = "the registry's list";
    return {
      body: JsonObject.from(parseJsonDocument(bytes, document), document),
      headers: response.headers,
    };
  }, signal);
}

/**
 * Reads the next page out of a `Link` header. Only path and query of it count.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8288
 */
function nextPage(headers: Headers, current: string): string | undefined {
  const match = /<([^>]*)>\s*;[^,]*\brel="?next"?/i.exec(
    headers.get("link") ?? "",
  );
  if (match === null) return undefined;
  const base = new URL(current, "http://registry");
  const { pathname, search } = new URL(match[1] ?? "", base);
  return `${pathname}${search}`;
}

function endless(request: PagedRequest): RegistryError {
  return new RegistryError(
    `Cannot ${request.action}: the registry's list leads back to an earlier page`,
    { method: "GET", path: request.path, status: 200 },
  );
}
