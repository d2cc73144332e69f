import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import { type Compression, layerCompression } from "../oci/media_type.ts";
import type { LayerDraft } from "./image_source.ts";
import type { ImageTarget, LayerQuery } from "./image_target.ts";

/**
 * Finds blobs in a target that can stand in for layers whose digest would be
 * known only after they were compressed: the same layer, compressed in the same
 * way by whatever program.
 *
 * @returns the descriptors that a manifest would list, by diffID
 */
export async function findReusableLayers(
  target: ImageTarget,
  layers: readonly LayerDraft[],
  query: Omit<LayerQuery, "diffIds">,
): Promise<ReadonlyMap<Digest, Descriptor>> {
  const unknown = layers.filter(({ content }) => content.digest === undefined);
  if (unknown.length === 0) return new Map();
  const diffIds = unknown.map(({ diffId }) => diffId);
  const found = await target.findLayers?.({ ...query, diffIds });
  const usable = new Map<Digest, Descriptor>();
  for (const { diffId, content: { mediaType } } of unknown) {
    const compression = layerCompression(mediaType);
    const blob = compressedAs(found?.get(diffId), compression);
    if (blob === undefined) continue;
    const { digest, size } = blob;
    usable.set(diffId, { mediaType, digest, size });
  }
  return usable;
}

/** Finds a blob that is compressed in one way among those of one layer. */
export function compressedAs(
  blobs: readonly Descriptor[] | undefined,
  compression: Compression | undefined,
): Descriptor | undefined {
  return blobs?.find(({ mediaType }) =>
    layerCompression(mediaType) === compression
  );
}
