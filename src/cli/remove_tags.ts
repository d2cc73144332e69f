import { WorkLimit } from "../content/work_limit.ts";
import type { Digest } from "../oci/digest.ts";
import { DocumentSyntaxError } from "../oci/json_document.ts";
import { isTag } from "../oci/reference.ts";
import { successors } from "../oci/successors.ts";
import type { Manifest } from "../registry/manifests.ts";
import type { ListOptions } from "../registry/tags.ts";
import type { ManifestStore } from "./image_name.ts";
import { sortNaturally } from "./list_table.ts";

/** What would lose something with a manifest. */
export interface ManifestUse {
  /** The tags that lead to it. */
  readonly tags: readonly string[];
  /** The tags of indexes that list it. */
  readonly indexTags: readonly string[];
}

/** A repository whose tags can be listed. */
export interface TaggedRepository extends ManifestStore {
  /** Lists the tags. */
  tags(options?: ListOptions): AsyncGenerator<string>;
}

/** Requests at once. */
const PARALLEL_READS = 8;

/** Finds what leads to a manifest, by looking at every tag. */
export async function findUses(
  repository: TaggedRepository,
  digest: Digest,
  signal: AbortSignal,
): Promise<ManifestUse> {
  const limit = new WorkLimit(PARALLEL_READS);
  const listed = await Array.fromAsync(repository.tags({ signal }));
  const tags = sortNaturally(listed.filter(isTag));
  const manifests = await Promise.all(
    tags.map((tag) => limit.run(() => repository.fetchManifest(tag, signal))),
  );
  return {
    tags: tags.filter((_, at) => manifests[at]?.descriptor.digest === digest),
    indexTags: tags.filter((_, at) => lists(manifests[at], digest)),
  };
}

function lists(manifest: Manifest | undefined, digest: Digest): boolean {
  if (manifest === undefined) return false;
  try {
    const { manifests } = successors(manifest.descriptor, manifest.bytes);
    return manifests.some((child) => child.digest === digest);
  } catch (error) {
    // What cannot be read lists nothing that anybody could use.
    if (error instanceof DocumentSyntaxError) return false;
    throw error;
  }
}
