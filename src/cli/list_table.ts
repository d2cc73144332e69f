/** Names in the order in which people count: `1.9` before `1.10`. */
const ORDER = new Intl.Collator("en", { numeric: true });

/** Sorts names so that numbers in them count as numbers. */
export function sortNaturally(names: readonly string[]): readonly string[] {
  return names.toSorted((one, other) =>
    ORDER.compare(one, other) || (one < other ? -1 : one > other ? 1 : 0)
  );
}

/** Writes rows of which all columns but the last are as wide as they need. */
export function formatTable(
  rows: readonly (readonly string[])[],
  indent = "",
): string {
  const widthOf = (column: number) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length));
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, at) => widthOf(at));
  return rows.map((row) =>
    indent +
    row.map((cell, at) =>
      at === row.length - 1 ? cell : cell.padEnd(widths[at] ?? 0)
    ).join("  ").trimEnd() + "\n"
  ).join("");
}

/** Hex characters of a digest that tell it from others: docker's own number. */
const SHORT_DIGEST = 12;

/** Shortens a digest for tables: `sha256:0123456789ab`. */
export function shortDigest(digest: string): string {
  return digest.slice(0, digest.indexOf(":") + 1 + SHORT_DIGEST);
}

/** Writes a moment of a document to the minute, as UTC; `-` when it is none. */
export function formatMoment(text: string | undefined): string {
  const date = new Date(text ?? NaN);
  if (Number.isNaN(date.getTime())) return "-";
  return date.toISOString().replace(/T(\d\d:\d\d):.*$/, " $1Z");
}
