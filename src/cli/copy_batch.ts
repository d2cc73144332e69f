import { type ImagePlan, isTree, planImage } from "../content/copy_plan.ts";
import type { ImageSource, SourceImage } from "../content/image_source.ts";
import { childrenFirst } from "../content/manifest_tree.ts";
import type { Digest } from "../oci/digest.ts";
import type { Platform } from "../oci/platform.ts";
import { planForDocker } from "./docker_plan.ts";
import { nameBeside } from "./image_name.ts";
import { UsageError } from "./usage_error.ts";

/** Images of one source that are copied together. */
export interface CopyBatch {
  /** Where they are. */
  readonly source: ImageSource;
  /** The images. */
  readonly images: readonly PlannedImage[];
  /** Whether they only go along with the images that were asked for. */
  readonly isCompanion: boolean;
}

/** An image, and what moves of it. */
export interface PlannedImage {
  /** What moves. */
  readonly plan: ImagePlan;
  /** What it is called: full references. */
  readonly names: readonly string[];
}

/** What of images is taken, and how. */
export interface SelectionSettings {
  /** The one platform to take. */
  readonly platform?: Platform;
  /** Whether manifests about the images are taken too. */
  readonly referrers: boolean;
  /** Whether Docker's formats must hold it. */
  readonly forDocker: boolean;
  /** Whether layers are stored as plain tars. */
  readonly decompress: boolean;
}

/**
 * Works out what moves of one image.
 *
 * @throws {UsageError} when Docker's formats cannot hold it
 */
export async function planOne(
  source: ImageSource,
  image: SourceImage,
  options: SelectionSettings & { readonly name: string },
): Promise<ImagePlan> {
  const { platform, forDocker, referrers } = options;
  const plan = await planImage(source, image, platform && { platform });
  if (forDocker) return await planForDocker(source, plan, options);
  return referrers ? plan : { ...plan, referrers: [], attachments: [] };
}

/**
 * Gives the one image that is copied another name; companions keep their tags
 * beside it.
 *
 * @param name absent where it keeps its own
 * @throws {UsageError} when there is not just one image
 */
export function renamed(
  batches: readonly CopyBatch[],
  name: string | undefined,
): readonly CopyBatch[] {
  if (name === undefined) return batches;
  const asked = batches.filter(({ isCompanion }) => !isCompanion);
  const count = asked.reduce((sum, { images }) => sum + images.length, 0);
  if (count !== 1) {
    throw new UsageError(
      `Cannot name ${count} images "${name}": there must be 1`,
      { recommendation: "Leave the name behind the target away" },
    );
  }
  const rename = (old: string) =>
    nameBeside(name, old.slice(old.lastIndexOf(":") + 1));
  return batches.map(({ images, ...batch }) => ({
    ...batch,
    images: images.map(({ plan, names }) => ({
      plan,
      names: batch.isCompanion ? names.map(rename) : [name],
    })),
  }));
}

/** Lists the blobs that a copy will move, as far as their digests are known. */
export function wantedBlobs(
  batches: readonly CopyBatch[],
): ReadonlySet<Digest> {
  const trees = batches
    .flatMap(({ images }) => images)
    .flatMap(({ plan: { root, referrers, attachments } }) => [
      ...isTree(root) ? [root] : [],
      ...referrers,
      ...attachments.map(({ tree }) => tree),
    ]);
  const blobs = trees.flatMap(childrenFirst).flatMap((node) => node.blobs);
  return new Set(blobs.map(({ digest }) => digest));
}

/** Lists the manifests that a batch moves. */
export function manifestsIn({ images }: CopyBatch): readonly Digest[] {
  return images.flatMap(({ plan: { root } }) =>
    isTree(root)
      ? childrenFirst(root).map(({ descriptor }) => descriptor.digest)
      : []
  );
}
