import { discard } from "../http/body.ts";
import type { Digest } from "../oci/digest.ts";
import {
  locationOf,
  type RepositoryScope,
  UploadSession,
  uploadsPath,
  type UploadStepOptions,
} from "./upload_session.ts";

/**
 * Starts an upload; tried again after transient failures, for a session without
 * bytes is no loss.
 *
 * @throws {RegistryError} when the registry does not take uploads
 */
export async function startUpload(
  scope: RepositoryScope,
  options: UploadStepOptions = {},
): Promise<UploadSession> {
  const response = await scope.client.sendSafely({
    method: "POST",
    path: uploadsPath(scope),
    action: `start an upload to "${scope.repository}"`,
    expected: [202],
    ...options.signal && { signal: options.signal },
  });
  return await openedSession(scope, response);
}

/** What came of an attempt to mount: nothing to do, or a session to go on with. */
export type MountResult = { readonly mounted: true } | {
  readonly mounted: false;
  /** The session that the registry opened in its place. */
  readonly session: UploadSession;
};

/**
 * Asks the registry, once, to take a blob from another of its repositories.
 *
 * @throws {RegistryError} when the registry knows no mounts
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#mounting-a-blob-from-another-repository
 */
export async function mountBlob(
  scope: RepositoryScope,
  blob: { readonly digest: Digest; readonly from: string },
  options: UploadStepOptions = {},
): Promise<MountResult> {
  const query = new URLSearchParams({ mount: blob.digest, from: blob.from });
  const response = await scope.client.send({
    method: "POST",
    path: `${uploadsPath(scope)}?${query}`,
    action: `mount the blob "${blob.digest}" in "${scope.repository}"`,
    expected: [201, 202],
    ...options.signal && { signal: options.signal },
  });
  if (response.status === 202) {
    return { mounted: false, session: await openedSession(scope, response) };
  }
  await discard(response);
  return { mounted: true };
}

async function openedSession(
  scope: RepositoryScope,
  response: Response,
): Promise<UploadSession> {
  await discard(response);
  const minChunk = Number(response.headers.get("oci-chunk-min-length") ?? 0);
  return new UploadSession(
    scope,
    locationOf(response, scope),
    Number.isSafeInteger(minChunk) ? minChunk : 0,
  );
}
