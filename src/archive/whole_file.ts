import { readAt } from "../content/file_access.ts";
import type { FileCompression } from "./decompress.ts";
import { sniffLayerFormat } from "./layer_format.ts";

/** Number of leading bytes that {@linkcode sniffCompression} looks at. */
export const FILE_HEAD_SIZE = 512;

/** More index than this has only an xz file of terabytes. */
const MAX_XZ_INDEX = 1024 * 1024;

/**
 * Tells from its first bytes, never from its name, how a whole file is
 * compressed.
 *
 * @param head the first {@linkcode FILE_HEAD_SIZE} bytes, fewer where the file
 *   is shorter
 * @returns `undefined` when it is not compressed
 */
export function sniffCompression(
  head: Uint8Array,
): FileCompression | undefined {
  const format = sniffLayerFormat(head);
  return format === "plain" ? undefined : format;
}

/**
 * Returns the least number of bytes that a compressed file becomes, as its own
 * fields state it, or `undefined` where they do not.
 */
export async function leastUnpackedSize(
  path: string,
  compression: FileCompression,
): Promise<number | undefined> {
  if (compression === "bzip2") return undefined;
  using file = await Deno.open(path, { read: true });
  const { size } = await file.stat();
  if (compression === "zstd") return zstdContentSize(await readAt(file, 0, 18));
  if (compression === "xz") return await xzContentSize(file, size);
  // Of the last member, modulo 2^32: https://www.rfc-editor.org/rfc/rfc1952
  const trailer = await readAt(file, Math.max(0, size - 4), 4);
  return trailer.length < 4 ? undefined : view(trailer).getUint32(0, true);
}

/** @see https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1.1.4 */
function zstdContentSize(head: Uint8Array): number | undefined {
  if (head.length < 18 || view(head).getUint32(0, true) !== 0xfd2fb528) {
    return undefined;
  }
  const descriptor = view(head).getUint8(4);
  const singleSegment = (descriptor & 0x20) !== 0;
  const dictionaryId = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const offset = 5 + (singleSegment ? 0 : 1) + dictionaryId;
  switch (descriptor >> 6) {
    case 1:
      return view(head).getUint16(offset, true) + 256;
    case 2:
      return view(head).getUint32(offset, true);
    case 3:
      return Number(view(head).getBigUint64(offset, true));
    default:
      return singleSegment ? view(head).getUint8(offset) : undefined;
  }
}

/**
 * The index before the footer of the last stream lists its blocks.
 *
 * @see https://tukaani.org/xz/xz-file-format.txt
 */
async function xzContentSize(
  file: Deno.FsFile,
  size: number,
): Promise<number | undefined> {
  const footer = await readAt(file, Math.max(0, size - 12), 12);
  if (footer.length < 12 || footer[10] !== 0x59 || footer[11] !== 0x5a) {
    return undefined;
  }
  const indexSize = (view(footer).getUint32(4, true) + 1) * 4;
  const start = size - 12 - indexSize;
  if (indexSize > MAX_XZ_INDEX || start < 0) return undefined;
  const index = await readAt(file, start, indexSize);
  if (index[0] !== 0) return undefined;
  const numbers = variableNumbers(index.subarray(1));
  const [count = 0, ...records] = numbers;
  return records.slice(0, 2 * count).reduce(
    (sum, value, position) => position % 2 === 1 ? sum + value : sum,
    0,
  );
}

/** Seven bits in a byte, the lowest first; the top bit says that more follow. */
function variableNumbers(bytes: Uint8Array): readonly number[] {
  const numbers: number[] = [];
  let value = 0;
  let factor = 1;
  for (const byte of bytes) {
    value += (byte & 0x7f) * factor;
    factor *= 128;
    if ((byte & 0x80) !== 0) continue;
    numbers.push(value);
    value = 0;
    factor = 1;
  }
  return numbers;
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
