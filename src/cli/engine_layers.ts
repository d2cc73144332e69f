import type { LayerEncoding } from "../archive/layer_compression.ts";
import { nameImages } from "../content/image_names.ts";
import type { ImageTarget } from "../content/image_target.ts";
import { type LayerReuse, reusableBlob } from "../content/layer_reuse.ts";
import type { ExportedImage, IsHeld } from "../engine/engine_source.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { MediaType } from "../oci/media_type.ts";
import { digestOf } from "../oci/digest.ts";
import type { NamingSettings } from "./push_settings.ts";

/** Options for {@linkcode findHeldLayers}. */
export interface HeldLayersOptions {
  /** What the image will be called. */
  readonly naming: NamingSettings;
  /** How layers that are plain tars will be sent. */
  readonly encoding: LayerEncoding;
  /** Which layers that somebody else compressed will do. */
  readonly reuseLayers: LayerReuse;
  /** Returns the repository that the image will go to. */
  readonly target: (repository: string) => ImageTarget;
  /** Ends the search. */
  readonly signal: AbortSignal;
}

/**
 * Finds out which layers of an image a copy will not ask for, because the
 * target has them. What it can take from another repository, it takes.
 *
 * @returns `undefined` when all will be asked for
 */
export async function findHeldLayers(
  image: ExportedImage,
  options: HeldLayersOptions,
): Promise<IsHeld | undefined> {
  const place = placeOf(image, options.naming);
  if (place === undefined || image.store === "unknown") return undefined;
  const { encoding, reuseLayers, signal } = options;
  const target = options.target(place.repository);
  const take = (layer: Descriptor) => isTaken(target, layer, signal);
  const { compression } = encoding;
  if (image.store === "containerd" || compression === "none") return take;
  if (reuseLayers === false) return undefined;
  const { diffIds } = image;
  const { tags } = place;
  const found = await target.findLayers?.({ diffIds, tags, signal });
  if (found === undefined || found.size === 0) return undefined;
  return async ({ digest }) => {
    const layer = reusableBlob(found.get(digest), compression, reuseLayers);
    return layer !== undefined && await take(layer);
  };
}

/** The one repository that the image goes to, where that can be told. */
function placeOf({ names }: ExportedImage, naming: NamingSettings) {
  // A selection may be made by a digest, which is known after the export.
  if (naming.select.length > 0) return undefined;
  const unread = new Uint8Array();
  const root = {
    mediaType: MediaType.OCI_MANIFEST,
    digest: digestOf(unread),
    size: unread.length,
  };
  const places = nameImages([{ names, root }], naming);
  return places.length === 1 ? places[0] : undefined;
}

async function isTaken(
  target: ImageTarget,
  layer: Descriptor,
  signal: AbortSignal,
): Promise<boolean> {
  return target.reuse === undefined
    ? await target.exists(layer, signal)
    : await target.reuse(layer, signal) !== undefined;
}
