import type {
  PreviewedImage,
  PreviewedPart,
  PreviewState,
} from "../content/copy_preview.ts";
import { formatSize } from "./quantity.ts";

/** An image that would be pushed, and where. */
export interface PreviewedPush {
  /** The repository. */
  readonly repository: string;
  /** The tags that it would get. */
  readonly tags: readonly string[];
  /** What the push would do. */
  readonly preview: PreviewedImage;
}

const STATE_TEXT: Readonly<Record<PreviewState, string>> = {
  existing: "there already",
  mount: "to mount",
  send: "to send",
};

/** Writes a table for each image and a sum below all. */
export function previewText(images: readonly PreviewedPush[]): string {
  const bytes = formatSize(bytesToSend(images.flatMap(partsOf)));
  return images.map(imageText).join("\n") +
    `\nDry run: nothing was sent; a push would send at most ${bytes}\n`;
}

/** Writes one JSON document. */
export function previewJson(images: readonly PreviewedPush[]): string {
  const document = {
    dryRun: true,
    images: images.map(({ repository, tags, preview }) => ({
      name: repository,
      tags,
      ...preview.digest !== undefined && { digest: preview.digest },
      bytesToSend: bytesToSend(preview.parts),
      parts: preview.parts.map(({ kind, digest, exact, size, state }) => ({
        kind,
        ...exact ? { digest } : { diffId: digest },
        size,
        state,
      })),
    })),
    bytesToSend: bytesToSend(images.flatMap(partsOf)),
  };
  return `${JSON.stringify(document)}\n`;
}

function imageText({ repository, tags, preview }: PreviewedPush): string {
  const names = tags.length === 0
    ? repository
    : tags.map((tag) => `${repository}:${tag}`).join(", ");
  const digest = preview.digest === undefined
    ? "the digest is known only after compression"
    : preview.digest;
  const rows = preview.parts.map((part) => [
    part.kind,
    formatSize(part.size),
    STATE_TEXT[part.state],
    part.exact ? part.digest : `diffID ${part.digest}`,
  ]);
  return [`${names}  ${digest}`, ...alignColumns(rows)].join("\n") + "\n";
}

function alignColumns(
  rows: readonly (readonly string[])[],
): readonly string[] {
  const widthOf = (column: number) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length));
  return rows.map((row) =>
    "  " +
    row.map((cell, column) =>
      column === row.length - 1 ? cell : cell.padEnd(widthOf(column))
    ).join("  ")
  );
}

function partsOf({ preview }: PreviewedPush): readonly PreviewedPart[] {
  return preview.parts;
}

function bytesToSend(parts: readonly PreviewedPart[]): number {
  return parts.filter(({ state }) => state === "send")
    .reduce((sum, { size }) => sum + size, 0);
}
