import { printable } from "../registry/registry_error.ts";
import { formatMoment, formatTable, shortDigest } from "./list_table.ts";
import type { ListedTag, TaggedContent } from "./list_tags.ts";
import { formatSize } from "./quantity.ts";

const HEADINGS = ["TAG", "DIGEST", "SIZE", "CREATED", "PLATFORMS"];

/** Writes names, one a line. */
export function namesText(names: readonly string[]): string {
  return names.map((name) => `${printable(name)}\n`).join("");
}

/** Writes a table of tags. */
export function tagsText(tags: readonly ListedTag[]): string {
  return formatTable([HEADINGS, ...tags.map(rowOf)]);
}

/** Writes one JSON document. */
export function tagsJson(
  repository: string,
  tags: readonly ListedTag[],
): string {
  const document = {
    repository,
    tags: tags.map((listed) =>
      "fault" in listed
        ? { tag: listed.tag, error: listed.fault }
        : { tag: listed.tag, ...listed.content }
    ),
  };
  return `${JSON.stringify(document)}\n`;
}

function rowOf(listed: ListedTag): readonly string[] {
  const tag = printable(listed.tag);
  if ("fault" in listed) return [tag, "-", "-", "-", printable(listed.fault)];
  const { digest, size, created } = listed.content;
  return [
    tag,
    shortDigest(digest),
    formatSize(size),
    formatMoment(created),
    contentText(listed.content),
  ];
}

function contentText(content: TaggedContent): string {
  const { platforms, artifactType, about, missing } = content;
  const what = about !== undefined
    ? `${about.kind} of ${shortDigest(about.subject)}`
    : artifactType ?? (platforms.join(", ") || "-");
  const absent = missing.length === 0 ? "" : ` (${missing.length} more absent)`;
  return printable(what) + absent;
}
