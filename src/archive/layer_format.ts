/** How a layer is stored in an archive. */
export type LayerFormat = "plain" | "gzip" | "zstd" | "bzip2" | "xz";

/** Number of leading bytes that {@linkcode sniffLayerFormat} looks at. */
export const LAYER_HEAD_SIZE = 512;

/** Where the magic of a POSIX or GNU tar header stands. */
const TAR_MAGIC_OFFSET = 257;

const MAGICS: readonly [LayerFormat, readonly number[]][] = [
  ["gzip", [0x1f, 0x8b, 0x08]],
  ["zstd", [0x28, 0xb5, 0x2f, 0xfd]],
  ["bzip2", [0x42, 0x5a, 0x68]],
  ["xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
];

/**
 * Tells from its first bytes how a layer is stored. Neither its name nor the
 * other layers of the image prove it. Whatever is not known is plain, an empty
 * file too, as for Docker: its diffID decides.
 *
 * @param head the first {@linkcode LAYER_HEAD_SIZE} bytes, fewer where the layer is shorter
 * @see https://github.com/moby/moby/issues/18170
 */
export function sniffLayerFormat(head: Uint8Array): LayerFormat {
  if (matches(head, [...new TextEncoder().encode("ustar")], TAR_MAGIC_OFFSET)) {
    return "plain";
  }
  if (isSkippableFrame(head)) return "zstd";
  return MAGICS.find(([, magic]) => matches(head, magic, 0))?.[0] ?? "plain";
}

/**
 * A zstd stream may start with a frame that holds no content (pzstd,
 * zstd:chunked).
 *
 * @see https://www.rfc-editor.org/rfc/rfc8878#section-3.1.2
 */
function isSkippableFrame(head: Uint8Array): boolean {
  return ((head[0] ?? 0) & 0xf0) === 0x50 &&
    matches(head, [0x2a, 0x4d, 0x18], 1);
}

function matches(
  bytes: Uint8Array,
  magic: readonly number[],
  offset: number,
): boolean {
  return magic.every((byte, index) => bytes[offset + index] === byte);
}
