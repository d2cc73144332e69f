import { ApiError } from "./api_error.ts";
import type { Call } from "./reply.ts";

/** Most entries of a page when the client asks for more, or for all. */
const MAX_PAGE = 10_000;

/** Which part of a list a client wants. */
export interface PageRequest {
  /** Most entries; 0 is allowed. */
  readonly count: number;
  /** The entry before the first one, which need not be in the list. */
  readonly last: string | undefined;
}

/** A part of a list. */
export interface Page {
  /** The entries, in byte order. */
  readonly entries: readonly string[];
  /** Whether entries follow. */
  readonly more: boolean;
}

/**
 * Reads the `n` and `last` of a request.
 *
 * @throws {ApiError} 400 when `n` is not a number
 */
export function pageRequest(call: Call): PageRequest {
  const n = call.query.get("n") ?? String(MAX_PAGE);
  if (!/^\d+$/.test(n)) {
    throw new ApiError(
      400,
      "PAGINATION_NUMBER_INVALID",
      `Cannot list: n is "${n}", must be a whole number`,
    );
  }
  return {
    count: Math.min(Number(n), MAX_PAGE),
    last: call.query.get("last") ?? undefined,
  };
}

/** Takes a page out of a list in byte order. */
export function takePage(
  sorted: readonly string[],
  { count, last }: PageRequest,
): Page {
  const rest = last === undefined
    ? sorted
    : sorted.filter((entry) => entry > last);
  const entries = rest.slice(0, count);
  // With n=0 there is no last entry that a next page could start after.
  return { entries, more: entries.length > 0 && rest.length > count };
}

/**
 * Makes the header field that leads to the next page.
 *
 * @param query what the request had beside `last`
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-tags
 */
export function nextPage(
  path: string,
  query: Readonly<Record<string, string>>,
): Record<string, string> {
  const search = new URLSearchParams(query);
  return { link: `<${path}?${search}>; rel="next"` };
}
