import { ContentMismatchError } from "../content/content_mismatch_error.ts";
import { discard } from "../http/body.ts";
import type { Digest } from "../oci/digest.ts";
import type { RepositoryScope } from "./upload_session.ts";

/** A blob that a repository holds. */
export interface StoredBlob {
  /** Number of bytes, where the registry says it. */
  readonly size?: number;
}

/** Options of requests for blobs. */
export interface BlobRequestOptions {
  /** Ends the request. */
  readonly signal?: AbortSignal;
}

/** Storage redirects are made only after the blob was found. */
const REDIRECTS = [301, 302, 303, 307, 308];

/**
 * Looks a blob up.
 *
 * @returns `undefined` when the repository does not hold it
 * @throws {RegistryError} when the registry does not say
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#checking-if-content-exists-in-the-registry
 */
export async function findBlob(
  scope: RepositoryScope,
  digest: Digest,
  options: BlobRequestOptions = {},
): Promise<StoredBlob | undefined> {
  const response = await scope.client.sendSafely({
    method: "HEAD",
    path: `/v2/${scope.repository}/blobs/${digest}`,
    action: `look up the blob "${digest}" in "${scope.repository}"`,
    expected: [200, 404, ...REDIRECTS],
    ...options.signal && { signal: options.signal },
  });
  await discard(response);
  if (response.status === 404) return undefined;
  const length = response.headers.get("content-length");
  if (response.status !== 200 || length === null) return {};
  const size = Number(length);
  // A server that does not look behind a HEAD says 0 for every blob.
  return Number.isSafeInteger(size) && size > 0 ? { size } : {};
}

/**
 * Makes sure that a blob has the size that it must have, where both are known:
 * a registry cannot hold another under the same digest.
 *
 * @throws {ContentMismatchError} when it has another
 */
export function checkBlobSize(
  blob: { readonly digest: Digest; readonly size?: number },
  actual: number | undefined,
  repository: string,
): void {
  const { digest, size } = blob;
  if (size === undefined || actual === undefined || size === actual) return;
  throw new ContentMismatchError(
    `Cannot use the blob "${digest}" in "${repository}": it has ${actual} bytes there, must have ${size}`,
    { digest, size },
    { digest, size: actual },
  );
}
