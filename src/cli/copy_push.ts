import { ImageCopier } from "../content/image_copier.ts";
import type { ImageTarget } from "../content/image_target.ts";
import {
  formatReference,
  parseReference,
  type Reference,
} from "../oci/reference.ts";
import type { CopyBatch, PlannedImage } from "./copy_batch.ts";
import type { Io } from "./io.ts";
import type { ProgressDisplay } from "./progress_display.ts";
import type { PushedImage } from "./push_report.ts";
import { UsageError } from "./usage_error.ts";

/** Options for {@linkcode copyToRepository}. */
export interface CopyToRepositoryOptions {
  /** What the user called the target: the repository, perhaps with a tag. */
  readonly image: Reference;
  /** Blobs at once. */
  readonly jobs: number;
  /** Shows what happens. */
  readonly display: Pick<ProgressDisplay, "onEvent">;
  /** The end of it all. */
  readonly io: Pick<Io, "signal">;
}

/**
 * Copies images into one repository of a registry. Tags stay, unless the one
 * image gets the tag of the target.
 *
 * @throws {UsageError} when there are several images, and one name for them
 * @throws {CopyError} when a part cannot be moved
 */
export async function copyToRepository(
  batches: readonly CopyBatch[],
  target: ImageTarget,
  options: CopyToRepositoryOptions,
): Promise<readonly PushedImage[]> {
  const { image, jobs, display: { onEvent }, io: { signal } } = options;
  refuseDigest(image);
  const pushed: PushedImage[] = [];
  const placed = batches.map((batch) => ({
    ...batch,
    places: placesIn(batch, image),
  }));
  for (const { source, places, isCompanion } of placed) {
    const copier = new ImageCopier(source, { jobs, signal, onEvent });
    for (const { plan, tags } of places) {
      const [tag] = tags;
      const { repository } = image;
      const name = formatReference({
        repository,
        ...tag !== undefined && { tag },
      });
      const copied = await copier.copy(plan, target, { name, tags });
      if (!isCompanion) pushed.push({ repository, tags, copied });
    }
  }
  return pushed;
}

interface Place {
  readonly plan: PlannedImage["plan"];
  readonly tags: readonly string[];
}

function placesIn(
  { images, isCompanion }: CopyBatch,
  { repository, tag }: Reference,
): readonly Place[] {
  if (tag !== undefined && !isCompanion) {
    if (images.length === 1) {
      return images.map(({ plan }) => ({ plan, tags: [tag] }));
    }
    throw severalImages(images, `${repository}:${tag}`);
  }
  const places = images.map(({ plan, names }) => ({
    plan,
    tags: [...new Set(names.flatMap((name) => tagOf(name) ?? []))],
  }));
  const tags = places.flatMap((place) => place.tags);
  if (new Set(tags).size === tags.length) return places;
  throw severalImages(images, repository);
}

function severalImages(
  images: readonly PlannedImage[],
  name: string,
): UsageError {
  const names = images.map((image) => image.names[0] ?? "one without a name");
  return new UsageError(
    `Cannot copy ${images.length} images as "${name}": ${names.join(", ")}`,
    {
      recommendation:
        "Choose one, docker-archive:FILE:NAME or oci:DIR:NAME, or push the file: k8scr push FILE",
    },
  );
}

/** A name without a tag means `latest`, one with a digest only itself. */
function tagOf(name: string): string | undefined {
  const { tag, digest } = parseReference(name);
  return tag ?? (digest === undefined ? "latest" : undefined);
}

/** What an image becomes is not for the user to say. */
function refuseDigest({ repository, digest }: Reference): void {
  if (digest === undefined) return;
  throw new UsageError(
    `Cannot copy to "${repository}@${digest}": the digest of a target follows from the image`,
    { recommendation: `Leave it away: ${repository}` },
  );
}
