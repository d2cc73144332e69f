import type { Digest } from "../oci/digest.ts";
import { signatureTags } from "../oci/signature_tag.ts";
import type { Repository } from "./repository.ts";
import type { ListOptions } from "./tags.ts";

/**
 * Finds the tags under which cosign's older scheme keeps signatures,
 * attestations and SBOMs of manifests.
 *
 * @throws {RegistryError} when the registry does not list its tags
 */
export async function findSignatureTags(
  repository: Pick<Repository, "tags">,
  digests: readonly Digest[],
  options: ListOptions = {},
): Promise<readonly string[]> {
  const wanted = new Set(digests.flatMap(signatureTags));
  const found: string[] = [];
  for await (const tag of repository.tags(options)) {
    if (wanted.has(tag)) found.push(tag);
  }
  return found;
}
