import { fetchPages } from "./pages.ts";
import type { RepositoryScope } from "./upload_session.ts";
import type { RegistryClient } from "./registry_client.ts";

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

const PAGE_SIZE = 1000;

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

/**
 * Lists the repositories of a registry. The catalog is distribution's, not part
 * of the specification; many registries have none.
 *
 * @throws {RegistryError} with status 404 or 401 or 403 or 405 when the registry
 *   has no catalog
 * @see https://distribution.github.io/distribution/spec/api/#listing-repositories
 */
export async function* listRepositories(
  client: RegistryClient,
  options: ListOptions = {},
): AsyncGenerator<string> {
  const pages = fetchPages(client, {
    path: `/v2/_catalog?n=${options.pageSize ?? PAGE_SIZE}`,
    action: "list the repositories",
    ...options.signal && { signal: options.signal },
  });
  for await (const page of pages) yield* page.body.strings("repositories");
}
