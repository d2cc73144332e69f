import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import {
  type Compression,
  LAYER_TYPES,
  layerCompression,
} from "../oci/media_type.ts";
import type { LayerDraft } from "./image_source.ts";
import type { ImageTarget, LayerQuery } from "./image_target.ts";

/**
 * Which blobs of a target may stand in for a layer, whoever compressed them:
 * those compressed as the layer would be (`true`), none (`false`), or those in
 * one of some compressions, of which that of the layer is the best.
 */
export type LayerReuse = boolean | readonly Compression[];

/** What is looked for by {@linkcode findReusableLayers}. */
export interface ReuseQuery extends Omit<LayerQuery, "diffIds"> {
  /** Which blobs will do. */
  readonly reuse: LayerReuse;
}

/**
 * Finds blobs in a target that can stand in for layers: the same layer,
 * compressed by whatever program. A layer whose digest is known needs none,
 * unless another compression will do as well.
 *
 * @returns the descriptors that a manifest would list, by diffID
 */
export async function findReusableLayers(
  target: ImageTarget,
  layers: readonly LayerDraft[],
  { reuse, ...query }: ReuseQuery,
): Promise<ReadonlyMap<Digest, Descriptor>> {
  if (reuse === false) return new Map();
  const wanted = reuse === true
    ? layers.filter(({ content }) => content.digest === undefined)
    : layers;
  if (wanted.length === 0) return new Map();
  const diffIds = wanted.map(({ diffId }) => diffId);
  const found = await target.findLayers?.({ ...query, diffIds });
  const usable = new Map<Digest, Descriptor>();
  for (const { diffId, content } of wanted) {
    const own = layerCompression(content.mediaType);
    const blob = reusableBlob(found?.get(diffId), own, reuse);
    if (blob !== undefined) usable.set(diffId, blob);
  }
  return usable;
}

/**
 * Finds a blob that will do among those that hold one layer.
 *
 * @param own how the layer would be compressed
 * @returns its descriptor, with OCI's media type
 */
export function reusableBlob(
  blobs: readonly Descriptor[] | undefined,
  own: Compression | undefined,
  reuse: LayerReuse,
): Descriptor | undefined {
  if (own === undefined || reuse === false) return undefined;
  for (const compression of [own, ...reuse === true ? [] : reuse]) {
    const blob = blobs?.find(({ mediaType }) =>
      layerCompression(mediaType) === compression
    );
    if (blob === undefined) continue;
    const { digest, size } = blob;
    return { mediaType: LAYER_TYPES[compression], digest, size };
  }
  return undefined;
}
