import { fetchPages } from "./pages.ts";
import type { RegistryClient } from "./registry_client.ts";
import { RegistryError } from "./registry_error.ts";
import { type ListOptions, PAGE_SIZE } from "./tags.ts";

/** How registries say that they have no catalog, or show it to nobody. */
const WITHOUT_CATALOG: ReadonlySet<number> = new Set([
  401,
  403,
  404,
  405,
  501,
]);

/**
 * Lists the repositories of a registry. The catalog is distribution's, not part
 * of the specification; many registries have none.
 *
 * @throws {RegistryError} with status 401, 403, 404, 405 or 501 when the
 *   registry has no catalog
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
  try {
    for await (const page of pages) yield* page.body.strings("repositories");
  } catch (error) {
    throw explain(error);
  }
}

function explain(error: unknown): unknown {
  if (!(error instanceof RegistryError)) return error;
  if (!WITHOUT_CATALOG.has(error.status)) return error;
  const { method, path, status, errors } = error;
  return new RegistryError(
    `Cannot list the repositories: the registry has no catalog, or does not show it (status ${status})\n` +
      "Name a repository to list its tags",
    { method, path, status, errors, cause: error },
  );
}
