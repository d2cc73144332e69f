import type { CopiedPart } from "../content/part_mover.ts";
import type { StagedResult } from "./staged_copy.ts";

/**
 * Writes `NAME@DIGEST  TARGET`, one line for each name, or the digest alone for
 * an image without one.
 */
export function pulledText(
  images: readonly StagedResult[],
  target: string,
): string {
  return images.flatMap(({ names, copied }) => {
    const { digest } = copied.descriptor;
    if (names.length === 0) return [digest];
    return names.map((name) => referenceOf(name, digest));
  }).map((reference) => `${reference}  ${target}\n`).join("");
}

/** Writes one JSON document. */
export function pulledJson(
  images: readonly StagedResult[],
  target: string,
  milliseconds: number,
): string {
  const parts = images.flatMap(({ copied }) => copied.parts);
  const document = {
    target,
    images: images.map(describeImage),
    bytesFetched: bytesFetched(parts),
    bytesSkipped: bytesSkipped(parts),
    seconds: Math.round(milliseconds) / 1000,
  };
  return `${JSON.stringify(document)}\n`;
}

function describeImage({ names, copied }: StagedResult): object {
  const { descriptor, parts } = copied;
  return {
    names,
    digest: descriptor.digest,
    mediaType: descriptor.mediaType,
    size: parts.reduce((sum, part) => sum + part.descriptor.size, 0),
    bytesFetched: bytesFetched(parts),
    bytesSkipped: bytesSkipped(parts),
    parts: parts.map(({ kind, descriptor, outcome, bytesSent }) => ({
      kind,
      mediaType: descriptor.mediaType,
      digest: descriptor.digest,
      size: descriptor.size,
      outcome: outcome === "existing" ? outcome : "written",
      bytesFetched: bytesSent,
    })),
  };
}

/** A name that is a digest says it already. */
function referenceOf(name: string, digest: string): string {
  return name.includes("@") ? name : `${name}@${digest}`;
}

function bytesFetched(parts: readonly CopiedPart[]): number {
  return parts.reduce((sum, part) => sum + part.bytesSent, 0);
}

function bytesSkipped(parts: readonly CopiedPart[]): number {
  return parts.filter(({ outcome }) => outcome === "existing")
    .reduce((sum, { descriptor }) => sum + descriptor.size, 0);
}
