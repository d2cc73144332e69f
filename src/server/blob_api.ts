import type { Digest } from "../oci/digest.ts";
import { ApiError } from "./api_error.ts";
import { parseByteRange } from "./byte_range.ts";
import type { RegistryStore } from "./registry_store.ts";
import type { Call, Reply } from "./reply.ts";

/** What a blob request is about. */
export interface BlobTarget {
  /** The repository. */
  readonly repository: string;
  /** The digest of the blob. */
  readonly digest: Digest;
}

/**
 * Answers `HEAD` of a blob.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#checking-if-content-exists-in-the-registry
 */
export async function headBlob(
  store: RegistryStore,
  { repository, digest }: BlobTarget,
): Promise<Reply> {
  // A client that is told that a blob exists will not send it.
  using _hold = store.guard.hold(digest);
  const linked = await store.repositories.touch(repository, "layer", digest);
  const size = linked ? await store.blobs.size(digest) : undefined;
  if (size === undefined) throw blobUnknown({ repository, digest });
  return {
    status: 200,
    headers: { ...blobHeaders(digest), "content-length": String(size) },
  };
}

/**
 * Answers `GET` of a blob, whole or in part.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-blobs
 */
export async function getBlob(
  store: RegistryStore,
  target: BlobTarget,
  call: Call,
): Promise<Reply> {
  const { repository, digest } = target;
  const linked = await store.repositories.has(repository, "layer", digest);
  const blob = linked ? await store.blobs.open(digest) : undefined;
  if (blob === undefined) throw blobUnknown(target);
  const { file, size } = blob;
  const range = parseByteRange(call.headers.get("range"), size);
  if (range === "unsatisfiable") {
    file.close();
    throw new ApiError(
      416,
      "RANGE_INVALID",
      `Cannot send that range of the blob: it has ${size} bytes`,
      { headers: { "content-range": `bytes */${size}` } },
    );
  }
  const start = range?.start ?? 0;
  const length = range === undefined ? size : range.end - range.start + 1;
  return {
    status: range === undefined ? 200 : 206,
    headers: {
      ...blobHeaders(digest),
      "content-length": String(length),
      ...range !== undefined &&
        { "content-range": `bytes ${range.start}-${range.end}/${size}` },
    },
    body: { file, start, length },
  };
}

/**
 * Answers `DELETE` of a blob. Other repositories keep theirs; the bytes go at
 * the next garbage collection.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#deleting-blobs
 */
export async function deleteBlob(
  store: RegistryStore,
  target: BlobTarget,
): Promise<Reply> {
  const { repository, digest } = target;
  if (!await store.repositories.unlink(repository, "layer", digest)) {
    throw blobUnknown(target);
  }
  return { status: 202, headers: { "content-length": "0" } };
}

function blobHeaders(digest: Digest): Record<string, string> {
  return {
    "accept-ranges": "bytes",
    "content-type": "application/octet-stream",
    "docker-content-digest": digest,
    "etag": `"${digest}"`,
  };
}

function blobUnknown({ repository, digest }: BlobTarget): ApiError {
  return new ApiError(
    404,
    "BLOB_UNKNOWN",
    `Cannot find the blob "${digest}" in the repository "${repository}"`,
    { detail: { digest } },
  );
}
