import type { Digest } from "../oci/digest.ts";
import type { Repository } from "./repository.ts";
import type { ListOptions } from "./tags.ts";

/** What the older scheme of cosign puts behind a digest. */
const SUFFIXES = ["sig", "att", "sbom"];

/**
 * Finds the tags under which cosign's older scheme keeps signatures,
 * attestations and SBOMs of manifests: `sha256-HEX.sig` and the like. No
 * manifest points to them, nor do they name a subject.
 *
 * @throws {RegistryError} when the registry does not list its tags
 * @see https://github.com/sigstore/cosign/blob/v2.5.0/specs/SIGNATURE_SPEC.md#tag-based-discovery
 */
export async function findSignatureTags(
  repository: Pick<Repository, "tags">,
  digests: readonly Digest[],
  options: ListOptions = {},
): Promise<readonly string[]> {
  const wanted = new Set(digests.flatMap((digest) => {
    const stem = digest.replace(":", "-");
    return SUFFIXES.map((suffix) => `${stem}.${suffix}`);
  }));
  const found: string[] = [];
  for await (const tag of repository.tags(options)) {
    if (wanted.has(tag)) found.push(tag);
  }
  return found;
}
