/** A part of content, both ends included. */
export interface ByteRange {
  /** The first byte. */
  readonly start: number;
  /** The last byte. */
  readonly end: number;
}

/**
 * Reads a `Range` header field for content of a size.
 *
 * @returns `undefined` when the whole content is to be sent: there is no such
 *   field, or one that RFC 9110 lets a server ignore (another unit, several
 *   ranges, bad syntax); `"unsatisfiable"` when no byte is in the range
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-14.2
 */
export function parseByteRange(
  field: string | null,
  size: number,
): ByteRange | "unsatisfiable" | undefined {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(field?.trim() ?? "");
  if (match === null) return undefined;
  const [, first = "", last = ""] = match;
  if (first === "" && last === "") return undefined;
  if (first === "") return suffixRange(Number(last), size);
  const start = Number(first);
  const end = last === "" ? size - 1 : Math.min(Number(last), size - 1);
  // The conformance suite wants 416 for "500-0", which RFC 9110 lets pass.
  if (start >= size || end < start) return "unsatisfiable";
  return { start, end };
}

function suffixRange(
  length: number,
  size: number,
): ByteRange | "unsatisfiable" {
  if (length === 0 || size === 0) return "unsatisfiable";
  return { start: Math.max(0, size - length), end: size - 1 };
}

/**
 * Reads the `Content-Range` of a chunk, which has neither unit nor total.
 *
 * @returns `undefined` when the text is not `START-END`
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-a-blob-in-chunks
 */
export function parseChunkRange(field: string): ByteRange | undefined {
  const match = /^(\d{1,15})-(\d{1,15})$/.exec(field.trim());
  if (match === null) return undefined;
  const [start, end] = [Number(match[1]), Number(match[2])];
  return end < start ? undefined : { start, end };
}
