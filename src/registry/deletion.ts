import { discard } from "../http/body.ts";
import { successors } from "../oci/successors.ts";
import type { Manifest } from "./manifests.ts";
import { removeReferrer } from "./referrers.ts";
import { RegistryError } from "./registry_error.ts";
import type { RepositoryScope } from "./upload_session.ts";

/** What a registry made of a request to delete. */
export type DeleteOutcome =
  /** It is gone. */
  | "deleted"
  /** It was not there. */
  | "absent"
  /** The registry deletes nothing of this kind. */
  | "unsupported";

/** Options of requests to delete. */
export interface DeleteOptions {
  /** Ends the requests. */
  readonly signal?: AbortSignal;
}

/**
 * Deletes a tag; the manifest and its other tags stay.
 *
 * @returns `unsupported` where only whole manifests can be deleted
 * @throws {RegistryError} when the registry refuses
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#deleting-tags
 */
export function deleteTag(
  scope: RepositoryScope,
  tag: string,
  options: DeleteOptions = {},
): Promise<DeleteOutcome> {
  return sendDelete(scope, tag, {
    ...options,
    action: `delete the tag "${tag}" of "${scope.repository}"`,
    // Distribution 2.8 takes the tag for a malformed digest.
    unsupported: [400, 405, 501],
  });
}

/**
 * Deletes a manifest, and with it every tag that leads to it. Where it is in
 * its subject's fallback list of referrers, it goes from there as well.
 *
 * @returns `unsupported` where the registry is told to delete nothing
 * @throws {RegistryError} when the registry refuses
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#deleting-manifests
 */
export async function deleteManifest(
  scope: RepositoryScope,
  manifest: Manifest,
  options: DeleteOptions = {},
): Promise<DeleteOutcome> {
  const { descriptor, bytes } = manifest;
  const { digest } = descriptor;
  const outcome = await sendDelete(scope, digest, {
    ...options,
    action: `delete the manifest "${digest}" of "${scope.repository}"`,
    unsupported: [405, 501],
  });
  const { subject } = successors(descriptor, bytes);
  if (outcome !== "deleted" || subject === undefined) return outcome;
  await removeReferrer(scope, { digest, subject: subject.digest }, options);
  return outcome;
}

interface DeleteRequest extends DeleteOptions {
  readonly action: string;
  /** Statuses that tell that there is no such operation. */
  readonly unsupported: readonly number[];
}

async function sendDelete(
  scope: RepositoryScope,
  reference: string,
  request: DeleteRequest,
): Promise<DeleteOutcome> {
  const { action, unsupported, signal } = request;
  try {
    const response = await scope.client.sendSafely({
      method: "DELETE",
      path: `/v2/${scope.repository}/manifests/${reference}`,
      action,
      // 200 and 204 are not in the specification, but are not refusals.
      expected: [200, 202, 204, 404],
      ...signal && { signal },
    });
    await discard(response);
    return response.status === 404 ? "absent" : "deleted";
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    if (error.hasCode("UNSUPPORTED") || unsupported.includes(error.status)) {
      return "unsupported";
    }
    throw error;
  }
}
