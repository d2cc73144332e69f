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

/** Writes one JSON document. */
export function pushedJson(
  images: readonly PushedImage[],
  milliseconds: number,
): string {
  const parts = images.flatMap(({ copied }) => copied.parts);
  const document = {
    images: images.map(describeImage),
    bytesSent: bytesSent(parts),
    bytesSkipped: bytesSkipped(parts),
    seconds: Math.round(milliseconds) / 1000,
  };
  return `${JSON.stringify(document)}\n`;
}

function describeImage({ repository, tags, copied }: PushedImage): object {
  const { descriptor, parts } = copied;
  return {
    name: repository,
    tags,
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
