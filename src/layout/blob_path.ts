import { type Digest, digestAlgorithm, digestEncoded } from "../oci/digest.ts";

/**
 * Returns where a blob is in a layout: a path made of the digest alone.
 *
 * @throws {RangeError} when the algorithm is neither sha256 nor sha512
 */
export function blobPath(digest: Digest): string {
  return `blobs/${digestAlgorithm(digest)}/${digestEncoded(digest)}`;
}
