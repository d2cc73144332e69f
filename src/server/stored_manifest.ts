import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import { parseImageIndex } from "../oci/image_index.ts";
import {
  DocumentSyntaxError,
  JsonObject,
  parseJsonDocument,
} from "../oci/json_document.ts";
import { parseImageManifest } from "../oci/manifest.ts";
import { isNonDistributable } from "../oci/media_type.ts";
import { hasSuccessors } from "../oci/successors.ts";

/** What the registry knows of a manifest or an index. */
export interface StoredManifest {
  /** Media type that it is served with. */
  readonly mediaType: string;
  /** Manifests and indexes that it lists; some may be absent (sparse). */
  readonly manifests: readonly Digest[];
  /** Config and layers that it needs. */
  readonly blobs: readonly Digest[];
  /** The manifest that it is about. */
  readonly subject?: Digest;
  /** What a list of referrers says about it. */
  readonly referrer: Omit<Descriptor, "digest" | "size">;
}

/** Most descriptors that a manifest may have: each costs a look at the disk. */
const MAX_DESCRIPTORS = 10_000;

/**
 * Reads a manifest or an index, whichever it is.
 *
 * @param document what it is called in messages
 * @throws {DocumentSyntaxError} when it is neither
 */
export function parseStoredManifest(
  bytes: Uint8Array,
  document: string,
): StoredManifest {
  const object = JsonObject.from(parseJsonDocument(bytes, document), document);
  for (const name of ["manifests", "layers"]) {
    const list = object.value(name);
    if (!Array.isArray(list) || list.length <= MAX_DESCRIPTORS) continue;
    throw object.fault(
      name,
      `has ${list.length} entries, must have at most ${MAX_DESCRIPTORS}`,
    );
  }
  return object.has("manifests") || isBareIndex(object)
    ? fromIndex(bytes, document)
    : fromManifest(bytes, document);
}

/** Docker 25.0 wrote an empty index as `"manifests": null`. */
function isBareIndex(object: JsonObject): boolean {
  return !object.has("config") && !object.has("layers");
}

function fromIndex(bytes: Uint8Array, document: string): StoredManifest {
  const index = parseImageIndex(bytes, document);
  const { mediaType, artifactType, annotations, subject } = index;
  const manifests = index.manifests.filter(hasSuccessors);
  const others = index.manifests.filter((entry) => !hasSuccessors(entry));
  return {
    mediaType,
    manifests: unique(manifests),
    blobs: unique(others),
    ...subject && { subject: subject.digest },
    referrer: {
      mediaType,
      ...artifactType !== undefined && { artifactType },
      ...annotations !== undefined && { annotations },
    },
  };
}

function fromManifest(bytes: Uint8Array, document: string): StoredManifest {
  const manifest = parseImageManifest(bytes, document);
  const { mediaType, config, layers, subject, annotations } = manifest;
  const needed = layers.filter((layer) => !isNonDistributable(layer.mediaType));
  return {
    mediaType,
    manifests: [],
    blobs: unique([config, ...needed]),
    ...subject && { subject: subject.digest },
    referrer: {
      mediaType,
      // The spec: the config's media type where there is no artifactType.
      artifactType: manifest.artifactType || config.mediaType,
      ...annotations !== undefined && { annotations },
    },
  };
}

function unique(descriptors: readonly Descriptor[]): Digest[] {
  return [...new Set(descriptors.map(({ digest }) => digest))];
}

/** Returns what a list of referrers says about a manifest. */
export function referrerDescriptor(
  bytes: Uint8Array,
  digest: Digest,
): Descriptor {
  const { referrer } = parseStoredManifest(bytes, `the manifest ${digest}`);
  return { ...referrer, digest, size: bytes.length };
}

/**
 * Returns what a manifest is about. Distribution also stores kinds of manifests
 * that are not known here; they are about nothing.
 */
export function readSubject(bytes: Uint8Array): Digest | undefined {
  try {
    return parseStoredManifest(bytes, "a manifest").subject;
  } catch (error) {
    if (error instanceof DocumentSyntaxError) return undefined;
    throw error;
  }
}
