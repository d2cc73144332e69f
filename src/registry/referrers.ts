import { type Descriptor, parseDescriptor } from "../oci/descriptor.ts";
import { type Digest, digestOf } from "../oci/digest.ts";
import { parseImageIndex } from "../oci/image_index.ts";
import { parseImageManifest } from "../oci/manifest.ts";
import { isIndexType, MediaType } from "../oci/media_type.ts";
import {
  confirmManifest,
  fetchManifest,
  type Manifest,
  putManifest,
} from "./manifests.ts";
import { fetchPages } from "./pages.ts";
import { RegistryError } from "./registry_error.ts";
import type { RepositoryScope } from "./upload_session.ts";

/** Options of requests for referrers. */
export interface ReferrersOptions {
  /** Ends the requests. */
  readonly signal?: AbortSignal;
}

/**
 * Lists the manifests whose subject is the given one: from the referrers API, or
 * from the fallback tag where the registry has no such API.
 *
 * @throws {RegistryError} when the registry gives neither
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers
 */
export async function listReferrers(
  scope: RepositoryScope,
  subject: Digest,
  options: ReferrersOptions = {},
): Promise<readonly Descriptor[]> {
  const pages = fetchPages(scope.client, {
    path: `/v2/${scope.repository}/referrers/${subject}`,
    action: `list the referrers of "${subject}" in "${scope.repository}"`,
    emptyWhenAbsent: true,
    headers: { accept: MediaType.OCI_INDEX },
    ...options.signal && { signal: options.signal },
  });
  const referrers: Descriptor[] = [];
  let supported = false;
  for await (const { body, headers } of pages) {
    if (!isIndexType(mediaType(headers))) break;
    supported = true;
    referrers.push(...body.objects("manifests").map(parseDescriptor));
  }
  if (supported) return referrers;
  const stored = await fetchFallback(scope, subject, options);
  return stored?.manifests ?? [];
}

/**
 * Adds a manifest to the fallback list of its subject, for registries that keep
 * no list themselves. Read, modify and write: two clients at once can undo each
 * other's entry, which the specification accepts.
 *
 * @throws {RegistryError} when the registry does not take the list
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-manifests-with-subject
 */
export async function addReferrer(
  scope: RepositoryScope,
  referrer: { readonly manifest: Manifest; readonly subject: Digest },
  options: ReferrersOptions = {},
): Promise<void> {
  const { manifest, subject } = referrer;
  const stored = await fetchFallback(scope, subject, options);
  const manifests = stored?.manifests ?? [];
  const { digest } = manifest.descriptor;
  if (manifests.some((entry) => entry.digest === digest)) return;
  const list = indexOf([...manifests, describeReferrer(manifest)]);
  const tag = fallbackTag(subject);
  await putManifest(scope, list, { ...options, tag });
  await confirmManifest(scope, list.descriptor, { ...options, tag });
}

/**
 * Takes a manifest that was deleted out of the fallback list of its subject,
 * where there is such a list.
 *
 * @throws {RegistryError} when the registry does not take the list
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#deleting-manifests
 */
export async function removeReferrer(
  scope: RepositoryScope,
  referrer: { readonly digest: Digest; readonly subject: Digest },
  options: ReferrersOptions = {},
): Promise<void> {
  const { digest, subject } = referrer;
  const { manifests = [] } = await fetchFallback(scope, subject, options) ?? {};
  const others = manifests.filter((entry) => entry.digest !== digest);
  if (others.length === manifests.length) return;
  const list = indexOf(others);
  const tag = fallbackTag(subject);
  await putManifest(scope, list, { ...options, tag });
  await confirmManifest(scope, list.descriptor, { ...options, tag });
}

/**
 * Returns the tag of a subject's fallback list.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#referrers-tag-schema
 */
export function fallbackTag(subject: Digest): string {
  const [algorithm = "", encoded = ""] = subject.split(":");
  return `${algorithm.slice(0, 32)}-${encoded.slice(0, 64)}`
    .replace(/[^A-Za-z0-9._-]/g, "-");
}

/** Describes a manifest the way the list of its subject has it. */
function describeReferrer({ descriptor, bytes }: Manifest): Descriptor {
  const document = `the manifest ${descriptor.digest}`;
  const { mediaType, digest, size } = descriptor;
  if (isIndexType(mediaType)) {
    const { artifactType, annotations } = parseImageIndex(bytes, document);
    return {
      mediaType,
      digest,
      size,
      ...artifactType !== undefined && { artifactType },
      ...annotations && { annotations },
    };
  }
  const { artifactType, config, annotations } = parseImageManifest(
    bytes,
    document,
  );
  return {
    mediaType,
    digest,
    size,
    artifactType: artifactType ?? config.mediaType,
    ...annotations && { annotations },
  };
}

function indexOf(manifests: readonly Descriptor[]): Manifest {
  const mediaType = MediaType.OCI_INDEX;
  const bytes = new TextEncoder().encode(
    JSON.stringify({ schemaVersion: 2, mediaType, manifests }),
  );
  const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
  return { descriptor, bytes };
}

async function fetchFallback(
  scope: RepositoryScope,
  subject: Digest,
  options: ReferrersOptions,
): Promise<{ readonly manifests: readonly Descriptor[] } | undefined> {
  const tag = fallbackTag(subject);
  const stored = await fetchManifest(scope, tag, options);
  if (stored === undefined) return undefined;
  // GitLab resolves a tag of this form to the subject itself:
  // https://github.com/oras-project/oras-go/issues/1396
  if (
    stored.descriptor.digest === subject ||
    !isIndexType(stored.descriptor.mediaType)
  ) {
    throw new RegistryError(
      `Cannot read the referrers of "${subject}" in "${scope.repository}": the tag "${tag}" is not a list of referrers`,
      {
        method: "GET",
        path: `/v2/${scope.repository}/manifests/${tag}`,
        status: 200,
      },
    );
  }
  return parseImageIndex(stored.bytes, `the referrers "${tag}"`);
}

function mediaType(headers: Headers): string {
  const [type = ""] = (headers.get("content-type") ?? "").split(";");
  return type.trim();
}
