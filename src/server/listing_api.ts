import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import { MediaType } from "../oci/media_type.ts";
import { ApiError } from "./api_error.ts";
import { nextPage, pageRequest, takePage } from "./page.ts";
import type { RegistryStore } from "./registry_store.ts";
import { type Call, jsonReply, type Reply } from "./reply.ts";
import { referrerDescriptor } from "./stored_manifest.ts";

/** Most bytes of a list of referrers: what clients read of an index. */
const MAX_REFERRERS_BYTES = 3 * 1024 * 1024;

/**
 * Answers the list of tags.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-tags
 */
export async function listTags(
  store: RegistryStore,
  repository: string,
  call: Call,
): Promise<Reply> {
  if (!await store.repositories.exists(repository)) {
    throw new ApiError(
      404,
      "NAME_UNKNOWN",
      `Cannot find the repository "${repository}": nothing was pushed to it`,
    );
  }
  const request = pageRequest(call);
  const tags = await store.repositories.tags(repository);
  const { entries, more } = takePage(tags, request);
  return jsonReply(
    { name: repository, tags: entries },
    more
      ? nextPage(`/v2/${repository}/tags/list`, {
        last: entries.at(-1) ?? "",
        n: String(request.count),
      })
      : {},
  );
}

/**
 * Answers the list of repositories, as distribution has it, but without those
 * whose manifests were all deleted, or not pushed yet: there is nothing to pull.
 *
 * @see https://distribution.github.io/distribution/spec/api/#catalog
 */
export async function listRepositories(
  store: RegistryStore,
  call: Call,
): Promise<Reply> {
  const request = pageRequest(call);
  const names: string[] = [];
  for await (const name of store.repositories.names()) {
    if (await store.repositories.hasManifest(name)) names.push(name);
  }
  const { entries, more } = takePage(names.sort(), request);
  return jsonReply(
    { repositories: entries },
    more
      ? nextPage("/v2/_catalog", {
        last: entries.at(-1) ?? "",
        n: String(request.count),
      })
      : {},
  );
}

/** What a request for referrers is about. */
export interface ReferrersTarget {
  /** The repository. */
  readonly repository: string;
  /** The digest of the subject. */
  readonly digest: Digest;
}

/**
 * Answers the list of the manifests that are about a subject; the subject need
 * not exist.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers
 */
export async function listReferrers(
  store: RegistryStore,
  { repository, digest }: ReferrersTarget,
  call: Call,
): Promise<Reply> {
  const artifactType = call.query.get("artifactType") ?? undefined;
  const last = call.query.get("last") ?? "";
  const digests = await store.referrers.list(repository, digest);
  const manifests: Descriptor[] = [];
  let size = 0;
  let next: string | undefined;
  for (const referrer of digests.filter((it) => it > last)) {
    const descriptor = await describe(store, repository, referrer);
    if (descriptor === undefined) continue;
    if (artifactType && descriptor.artifactType !== artifactType) continue;
    size += JSON.stringify(descriptor).length;
    if (size > MAX_REFERRERS_BYTES && manifests.length > 0) {
      next = manifests.at(-1)?.digest;
      break;
    }
    manifests.push(descriptor);
  }
  const filter = artifactType ? { artifactType } : {};
  const path = `/v2/${repository}/referrers/${digest}`;
  return jsonReply(
    { schemaVersion: 2, mediaType: MediaType.OCI_INDEX, manifests },
    {
      "content-type": MediaType.OCI_INDEX,
      ...artifactType && { "oci-filters-applied": "artifactType" },
      ...next !== undefined && nextPage(path, { last: next, ...filter }),
    },
  );
}

async function describe(
  store: RegistryStore,
  repository: string,
  digest: Digest,
): Promise<Descriptor | undefined> {
  // A crash may have left an entry for a manifest that was never acknowledged.
  if (!await store.repositories.has(repository, "revision", digest)) {
    return undefined;
  }
  const bytes = await store.blobs.read(digest);
  return bytes && referrerDescriptor(bytes, digest);
}
