import { type Digest, digestAlgorithm, digestOf } from "../oci/digest.ts";
import { DocumentSyntaxError } from "../oci/json_document.ts";
import { isIndexType } from "../oci/media_type.ts";
import { ApiError } from "./api_error.ts";
import { readSmallBody } from "./small_body.ts";
import { asStorageError } from "./disk_budget.ts";
import type { RegistryStore } from "./registry_store.ts";
import type { Call, Reply } from "./reply.ts";
import { type ManifestReference, tagOf } from "./route.ts";
import {
  parseStoredManifest,
  readSubject,
  type StoredManifest,
} from "./stored_manifest.ts";

/** What a manifest request is about. */
export interface ManifestTarget {
  /** The repository. */
  readonly repository: string;
  /** The tag or the digest. */
  readonly reference: ManifestReference;
}

/** Most bytes of a manifest: what all clients accept, and the spec asks for. */
const MAX_MANIFEST = 4 * 1024 * 1024;
/** Most tags that one `PUT` may set. */
const MAX_TAGS = 32;

/**
 * Answers `GET` and `HEAD` of a manifest: the bytes and the media type that
 * were pushed, whatever `Accept` says.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-manifests
 */
export async function getManifest(
  store: RegistryStore,
  target: ManifestTarget,
): Promise<Reply> {
  const digest = await resolve(store, target);
  // A client that is told that a manifest exists will not send it.
  using _hold = store.guard.hold(digest);
  const { repositories, blobs } = store;
  const linked = await repositories.touch(
    target.repository,
    "revision",
    digest,
  );
  const bytes = linked ? await blobs.read(digest) : undefined;
  if (bytes === undefined) throw manifestUnknown(target);
  const { mediaType } = parseStoredManifest(bytes, `the manifest ${digest}`);
  return {
    status: 200,
    headers: {
      "content-length": String(bytes.length),
      "content-type": mediaType,
      "docker-content-digest": digest,
      "etag": `"${digest}"`,
    },
    body: bytes,
  };
}

/**
 * Answers `PUT` of a manifest.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-manifests
 */
export async function putManifest(
  store: RegistryStore,
  target: ManifestTarget,
  call: Call,
): Promise<Reply> {
  const { repository, reference } = target;
  const tags = tagsOf(reference, call);
  const bytes = await readSmallBody(call.body, {
    maxSize: MAX_MANIFEST,
    idleTimeout: store.idleTimeout,
    traffic: call.traffic,
    what: "the manifest",
  });
  const digest = manifestDigest(reference, bytes);
  const manifest = checkDocument(bytes, digest, call);
  using _hold = store.guard.hold(
    digest,
    ...manifest.blobs,
    ...manifest.manifests,
  );
  await checkBlobs(store, repository, manifest);
  await store.changes.run(repository, async () => {
    await storeManifest(store, repository, { digest, bytes, manifest, tags });
  });
  return {
    status: 201,
    headers: {
      "content-length": "0",
      "docker-content-digest": digest,
      "location": `/v2/${repository}/manifests/${digest}`,
      ...manifest.subject !== undefined && { "oci-subject": manifest.subject },
      ..."digest" in reference && tags.length > 0 &&
        { "oci-tag": tags.join(", ") },
    },
  };
}

/**
 * Answers `DELETE` of a tag, or of a manifest and with it all its tags.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#deleting-manifests
 */
export async function deleteManifest(
  store: RegistryStore,
  target: ManifestTarget,
): Promise<Reply> {
  const { repository, reference } = target;
  await store.changes.run(repository, async () => {
    const there = "tag" in reference
      ? await store.repositories.untag(repository, reference.tag)
      : await deleteRevision(store, repository, reference.digest);
    if (!there) throw manifestUnknown(target);
  });
  return { status: 202, headers: { "content-length": "0" } };
}

async function deleteRevision(
  store: RegistryStore,
  repository: string,
  digest: Digest,
): Promise<boolean> {
  const { repositories, referrers, blobs } = store;
  if (!await repositories.has(repository, "revision", digest)) return false;
  for (const [tag, tagged] of await repositories.tagged(repository)) {
    if (tagged === digest) await repositories.untag(repository, tag);
  }
  const bytes = await blobs.read(digest);
  const subject = bytes && readSubject(bytes);
  const wasThere = await repositories.unlink(repository, "revision", digest);
  // After the revision: a crash between leaves an entry that nobody sees.
  if (subject !== undefined) {
    referrers.remove(repository, subject, digest);
  }
  return wasThere;
}

/** A manifest that is checked, and the names it gets. */
interface CheckedManifest {
  readonly digest: Digest;
  readonly bytes: Uint8Array;
  readonly manifest: StoredManifest;
  readonly tags: readonly string[];
}

/**
 * Writes a manifest so that a crash at any point shows either nothing of it,
 * or a manifest without its tag: content, referrers, revision, tags.
 */
async function storeManifest(
  store: RegistryStore,
  repository: string,
  { digest, bytes, manifest, tags }: CheckedManifest,
): Promise<void> {
  try {
    await store.blobs.write(digest, bytes);
    await store.referrers.ensure(repository);
    if (manifest.subject !== undefined) {
      await store.referrers.add(repository, manifest.subject, digest);
    }
    await store.repositories.link(repository, "revision", digest);
    for (const tag of tags) {
      await store.repositories.tag(repository, tag, digest);
    }
  } catch (error) {
    throw asStorageError(error);
  }
}

async function resolve(
  store: RegistryStore,
  target: ManifestTarget,
): Promise<Digest> {
  const { repository, reference } = target;
  const digest = "digest" in reference
    ? reference.digest
    : await store.repositories.resolve(repository, reference.tag);
  if (digest === undefined) throw manifestUnknown(target);
  return digest;
}

/** The tags of a `PUT`: its reference, or `tag` parameters beside a digest. */
function tagsOf(reference: ManifestReference, call: Call): string[] {
  if ("tag" in reference) return [reference.tag];
  const tags = call.query.getAll("tag").map(tagOf);
  if (tags.length <= MAX_TAGS) return tags;
  throw new ApiError(
    414,
    "TAG_INVALID",
    `Cannot set ${tags.length} tags at once: at most ${MAX_TAGS} are allowed`,
  );
}

function manifestDigest(
  reference: ManifestReference,
  bytes: Uint8Array,
): Digest {
  if ("tag" in reference) return digestOf(bytes);
  const { digest } = reference;
  const actual = digestOf(bytes, digestAlgorithm(digest));
  if (actual === digest) return digest;
  throw new ApiError(
    400,
    "DIGEST_INVALID",
    `Cannot accept the manifest: its digest is ${actual}, must be ${digest}`,
    { detail: { digest, actual } },
  );
}

function checkDocument(
  bytes: Uint8Array,
  digest: Digest,
  call: Call,
): StoredManifest {
  const manifest = parseDocument(bytes, digest);
  const [declared = ""] = (call.headers.get("content-type") ?? "").split(";");
  const mediaType = declared.trim().toLowerCase();
  if (mediaType === "" || mediaType === manifest.mediaType) return manifest;
  throw new ApiError(
    400,
    "MANIFEST_INVALID",
    `Cannot accept the manifest: Content-Type is "${mediaType}", the document is "${manifest.mediaType}"`,
  );
}

function parseDocument(bytes: Uint8Array, digest: Digest): StoredManifest {
  try {
    return parseStoredManifest(bytes, `the manifest ${digest}`);
  } catch (error) {
    if (!(error instanceof DocumentSyntaxError)) throw error;
    throw new ApiError(400, "MANIFEST_INVALID", error.message, {
      cause: error,
    });
  }
}

/**
 * An image has to be whole. The manifests of an index need not be there, so
 * that an image of many platforms can be pushed in part.
 */
async function checkBlobs(
  store: RegistryStore,
  repository: string,
  manifest: StoredManifest,
): Promise<void> {
  if (isIndexType(manifest.mediaType)) return;
  for (const digest of manifest.blobs) {
    const { repositories, blobs } = store;
    const there = await repositories.has(repository, "layer", digest) &&
      await blobs.size(digest) !== undefined;
    if (there) continue;
    throw new ApiError(
      404,
      "MANIFEST_BLOB_UNKNOWN",
      `Cannot accept the manifest: the repository "${repository}" has no blob "${digest}"`,
      { detail: { digest } },
    );
  }
}

function manifestUnknown({ repository, reference }: ManifestTarget): ApiError {
  const name = "tag" in reference ? reference.tag : reference.digest;
  return new ApiError(
    404,
    "MANIFEST_UNKNOWN",
    `Cannot find the manifest "${name}" in the repository "${repository}"`,
    { detail: { name } },
  );
}
