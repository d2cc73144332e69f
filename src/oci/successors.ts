import type { Descriptor } from "./descriptor.ts";
import { parseImageIndex } from "./image_index.ts";
import { parseImageManifest } from "./manifest.ts";
import {
  isIndexType,
  isManifestType,
  isNonDistributable,
} from "./media_type.ts";

/** What a manifest or an index points to. */
export interface Successors {
  /** Manifests and indexes, which have successors of their own. */
  readonly manifests: readonly Descriptor[];
  /** Config and layers. Layers that must not be distributed are left out. */
  readonly blobs: readonly Descriptor[];
  /** The manifest that this one is about; it need not exist anywhere. */
  readonly subject?: Descriptor;
}

/**
 * Reads what content points to: the one place that knows it. Content that is
 * neither a manifest nor an index points to nothing.
 *
 * @throws {DocumentSyntaxError} when the content is not what its media type says
 */
export function successors(
  descriptor: Descriptor,
  bytes: Uint8Array,
): Successors {
  const document = `the manifest ${descriptor.digest}`;
  if (isIndexType(descriptor.mediaType)) {
    const { manifests, subject } = parseImageIndex(bytes, document);
    return {
      manifests: manifests.filter((child) => hasSuccessors(child)),
      blobs: manifests.filter((child) => !hasSuccessors(child)),
      ...subject && { subject },
    };
  }
  if (!isManifestType(descriptor.mediaType)) {
    return { manifests: [], blobs: [] };
  }
  const { config, layers, subject } = parseImageManifest(bytes, document);
  return {
    manifests: [],
    blobs: [
      config,
      ...layers.filter((layer) => !isNonDistributable(layer.mediaType)),
    ],
    ...subject && { subject },
  };
}

/** Tells whether content of this descriptor is a manifest or an index. */
export function hasSuccessors(descriptor: Descriptor): boolean {
  return isIndexType(descriptor.mediaType) ||
    isManifestType(descriptor.mediaType);
}
