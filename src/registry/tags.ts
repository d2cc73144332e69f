import { fetchPages } from "./pages.ts";
import type { RepositoryScope } from "./upload_session.ts";

/** Options of lists. */
export interface ListOptions {
  /**
   * Entries that are asked for at once.
   *
   * @default {1000} distribution and ECR refuse more
   */
  readonly pageSize?: number;
  /** Ends the requests. */
  readonly signal?: AbortSignal;
}

/** Entries that are asked for at once, where nothing else is said. */
export const PAGE_SIZE = 1000;

/**
 * Lists the tags of a repository, in the registry's order. A repository that is
 * not there has none.
 *
 * @throws {RegistryError} when the registry does not give the list
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-tags
 */
export async function* listTags(
  scope: RepositoryScope,
  options: ListOptions = {},
): AsyncGenerator<string> {
  const pages = fetchPages(scope.client, {
    path: `/v2/${scope.repository}/tags/list?n=${
      options.pageSize ?? PAGE_SIZE
    }`,
    action: `list the tags of "${scope.repository}"`,
    emptyWhenAbsent: true,
    ...options.signal && { signal: options.signal },
  });
  for await (const page of pages) yield* page.body.strings("tags");
}
