import type { CopiedImage } from "../content/image_copier.ts";
import type { CopiedPart } from "../content/part_mover.ts";
import { formatReference } from "../oci/reference.ts";

/** An image that was pushed, and where. */
export interface PushedImage {
  /** The repository. */
  readonly repository: string;
  /** The tags that it got. */
  readonly tags: readonly string[];
  /** What is in the registry. */
  readonly copied: CopiedImage;
}

/** Writes `NAME:TAG@DIGEST`, one line for each name. */
export function pushedText(images: readonly PushedImage[]): string {
  return images.flatMap(referencesOf).map((line) => `${line}\n`).join("");
}

/** Options for {@linkcode pushedJson}. */
export interface PushedJsonOptions {
  /** How long it took. */
  readonly milliseconds: number;
  /** The `localhost:PORT` that nodes pull from, where it is known. */
  readonly nodeAddress?: string | undefined;
}

/** Writes one JSON document. */
export function pushedJson(
  images: readonly PushedImage[],
  { milliseconds, nodeAddress }: PushedJsonOptions,
): string {
  const parts = images.flatMap(({ copied }) => copied.parts);
  const document = {
    images: images.map((image) => describeImage(image, nodeAddress)),
    bytesSent: bytesSent(parts),
    bytesSkipped: bytesSkipped(parts),
    seconds: Math.round(milliseconds) / 1000,
  };
  return `${JSON.stringify(document)}\n`;
}

/**
 * Names images as Pod specs do, once for each tag.
 *
 * @param address the `localhost:PORT` that nodes pull from
 */
export function nodeReferences(
  images: readonly PushedImage[],
  address: string,
): readonly string[] {
  return images.flatMap(({ repository, tags, copied }) => {
    const { digest } = copied.descriptor;
    return tags.length === 0
      ? [formatReference({ repository, digest })]
      : tags.map((tag) => formatReference({ repository, tag }));
  }).map((reference) => `${address}/${reference}`);
}

function describeImage(image: PushedImage, nodeAddress?: string): object {
  const { repository, tags, copied: { descriptor, parts } } = image;
  return {
    name: repository,
    tags,
    ...nodeAddress !== undefined &&
      { nodeReferences: nodeReferences([image], nodeAddress) },
    digest: descriptor.digest,
    mediaType: descriptor.mediaType,
    size: parts.reduce((sum, part) => sum + part.descriptor.size, 0),
    bytesSent: bytesSent(parts),
    bytesSkipped: bytesSkipped(parts),
    parts: parts.map((part) => ({
      kind: part.kind,
      mediaType: part.descriptor.mediaType,
      digest: part.descriptor.digest,
      size: part.descriptor.size,
      outcome: part.outcome,
      bytesSent: part.bytesSent,
    })),
  };
}

function referencesOf(
  { repository, tags, copied }: PushedImage,
): readonly string[] {
  const { digest } = copied.descriptor;
  if (tags.length === 0) return [formatReference({ repository, digest })];
  return tags.map((tag) => formatReference({ repository, tag, digest }));
}

function bytesSent(parts: readonly CopiedPart[]): number {
  return parts.reduce((sum, part) => sum + part.bytesSent, 0);
}

function bytesSkipped(parts: readonly CopiedPart[]): number {
  return parts.filter(({ outcome }) => outcome !== "uploaded")
    .reduce((sum, { descriptor }) => sum + descriptor.size, 0);
}
