import { verifyBytes } from "../content/verify.ts";
import { discard, readBody } from "../http/body.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import {
  type Digest,
  digestAlgorithm,
  digestOf,
  isDigest,
} from "../oci/digest.ts";
import { MANIFEST_TYPES, MediaType } from "../oci/media_type.ts";
import { RegistryError } from "./registry_error.ts";
import type { RepositoryScope } from "./upload_session.ts";

/** Options of requests for manifests. */
export interface ManifestRequestOptions {
  /** Ends the request. */
  readonly signal?: AbortSignal;
}

/** A manifest or an index, byte for byte. */
export interface Manifest {
  /** Media type, digest and size. */
  readonly descriptor: Descriptor;
  /** The bytes. */
  readonly bytes: Uint8Array;
}

/** What a registry told when it took a manifest. */
export interface PutManifestResult {
  /**
   * Whether the registry keeps the list of referrers itself (`OCI-Subject`);
   * otherwise the client has to.
   */
  readonly subjectKept: boolean;
}

/**
 * The specification asks registries for 4 MiB at least; some take more. 16 MiB
 * is also what a document may have to be parsed.
 */
const MAX_MANIFEST_BYTES = 16 * 1024 * 1024;

/**
 * Distribution 2.8 answers 404 for an OCI manifest unless its type is named; a
 * wildcard does not count.
 */
const ACCEPT = { accept: MANIFEST_TYPES.join(", ") };

/**
 * Looks a manifest up by tag or digest.
 *
 * @returns its digest, `undefined` when the repository does not hold it
 * @throws {RegistryError} when the registry does not say
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#checking-if-content-exists-in-the-registry
 */
export async function findManifest(
  scope: RepositoryScope,
  reference: string,
  options: ManifestRequestOptions = {},
): Promise<Digest | undefined> {
  const response = await scope.client.sendSafely({
    method: "HEAD",
    path: manifestPath(scope, reference),
    action: `look up the manifest "${reference}" in "${scope.repository}"`,
    headers: ACCEPT,
    expected: [200, 404],
    ...options.signal && { signal: options.signal },
  });
  await discard(response);
  if (response.status === 404) return undefined;
  const digest = response.headers.get("docker-content-digest");
  if (digest !== null && isDigest(digest)) return digest;
  // Older registries do not say it: the bytes do.
  return (await fetchManifest(scope, reference, options))?.descriptor.digest;
}

/**
 * Fetches a manifest by tag or digest.
 *
 * @returns `undefined` when the repository does not hold it
 * @throws {RegistryError} when the registry does not give it
 * @throws {ContentMismatchError} when it has another digest than was asked for
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-manifests
 */
export function fetchManifest(
  scope: RepositoryScope,
  reference: string,
  options: ManifestRequestOptions = {},
): Promise<Manifest | undefined> {
  return scope.client.retry(async () => {
    const response = await scope.client.send({
      method: "GET",
      path: manifestPath(scope, reference),
      action: `fetch the manifest "${reference}" of "${scope.repository}"`,
      headers: ACCEPT,
      expected: [200, 404],
      ...options.signal && { signal: options.signal },
    });
    if (response.status === 404) {
      await discard(response);
      return undefined;
    }
    return await readManifest(response, scope, reference);
  }, options.signal);
}

/**
 * Writes a manifest under a tag or its digest; harmless when it is repeated.
 *
 * @throws {ContentMismatchError} when the bytes are not those of the descriptor
 * @throws {RegistryError} when the registry does not take it
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-manifests
 */
export async function putManifest(
  scope: RepositoryScope,
  manifest: Manifest,
  options: ManifestRequestOptions & { readonly tag?: string } = {},
): Promise<PutManifestResult> {
  const { descriptor, bytes } = manifest;
  verifyBytes(bytes, descriptor, `the manifest "${descriptor.digest}"`);
  const reference = options.tag ?? descriptor.digest;
  const response = await scope.client.sendSafely({
    method: "PUT",
    path: manifestPath(scope, reference),
    action: `push the manifest "${reference}" to "${scope.repository}"`,
    body: {
      stream: () => new Blob([new Uint8Array(bytes)]).stream(),
      size: bytes.length,
      mediaType: descriptor.mediaType,
    },
    // 200 and 202 are not in the specification, but are not refusals.
    expected: [200, 201, 202],
    ...options.signal && { signal: options.signal },
  });
  await discard(response);
  return { subjectKept: response.headers.has("oci-subject") };
}

/**
 * Makes sure that a manifest is where it was put: success is what the registry
 * confirms.
 *
 * @param reference the tag or digest that must lead to it
 * @throws {RegistryError} when the registry does not have it there
 */
export async function confirmManifest(
  scope: RepositoryScope,
  descriptor: Descriptor,
  options: ManifestRequestOptions & { readonly tag?: string } = {},
): Promise<void> {
  const reference = options.tag ?? descriptor.digest;
  const found = await findManifest(scope, reference, options);
  if (found === descriptor.digest) return;
  // Distribution 3 names the SHA-256 of what was pushed by SHA-512.
  if (found !== undefined && !sameAlgorithm(found, descriptor.digest)) {
    const stored = await fetchManifest(scope, reference, options);
    if (stored !== undefined && matches(stored, descriptor)) return;
  }
  const state = found === undefined ? "it is not there" : `"${found}" is there`;
  throw new RegistryError(
    `Cannot confirm the manifest "${reference}" in "${scope.repository}": ${state}, must be "${descriptor.digest}"`,
    {
      method: "HEAD",
      path: manifestPath(scope, reference),
      status: found === undefined ? 404 : 200,
    },
  );
}

async function readManifest(
  response: Response,
  scope: RepositoryScope,
  reference: string,
): Promise<Manifest> {
  const bytes = await readBody(response, MAX_MANIFEST_BYTES);
  const asked = isDigest(reference) ? reference : undefined;
  const size = bytes.length;
  if (asked !== undefined) {
    const what = `the manifest "${asked}" of "${scope.repository}"`;
    verifyBytes(bytes, { digest: asked, size }, what);
  }
  const digest = asked ?? digestOf(bytes);
  const mediaType = mediaTypeOf(response);
  return { descriptor: { mediaType, digest, size }, bytes };
}

/** Parameters of a media type do not count. */
function mediaTypeOf(response: Response): string {
  const [type = ""] = (response.headers.get("content-type") ?? "").split(";");
  return type.trim() || MediaType.OCI_MANIFEST;
}

function sameAlgorithm(one: Digest, other: Digest): boolean {
  return one.split(":")[0] === other.split(":")[0];
}

function matches(manifest: Manifest, { digest }: Descriptor): boolean {
  return digestOf(manifest.bytes, digestAlgorithm(digest)) === digest;
}

function manifestPath(scope: RepositoryScope, reference: string): string {
  return `/v2/${scope.repository}/manifests/${reference}`;
}
