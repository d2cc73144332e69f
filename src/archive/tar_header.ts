/** What the 512 bytes before an entry say. */
export interface TarHeader {
  /** Name, `prefix` included, as it is written there. */
  readonly name: string;
  /** Type flag, one character; `\0` as old tars write it becomes `0`. */
  readonly type: string;
  /** Target of a link. */
  readonly linkname: string;
  /** Length of the content, or `undefined` when the field is malformed. */
  readonly size: number | undefined;
  /** Whether another block of a GNU sparse map follows. */
  readonly sparseContinues: boolean;
}

/** Size of a block: headers fill one, content is padded to whole ones. */
export const BLOCK_SIZE = 512;

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Tells whether a block has only zeros, as the end of a tar has. */
export function isZeroBlock(block: Uint8Array): boolean {
  return block.every((byte) => byte === 0);
}

/**
 * Reads a header block: POSIX ustar, GNU, or the older v7, which has no magic
 * and is known by its checksum alone.
 *
 * @returns `undefined` when the checksum says that it is no header
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06
 */
export function parseTarHeader(block: Uint8Array): TarHeader | undefined {
  if (!hasValidChecksum(block)) return undefined;
  const flag = String.fromCharCode(block[156] ?? 0);
  const name = text(block, 0, 100);
  return {
    name: isPosix(block) ? joinPrefix(text(block, 345, 155), name) : name,
    type: flag === "\0" ? "0" : flag,
    linkname: text(block, 157, 100),
    size: number(block.subarray(124, 136)),
    sparseContinues: (block[482] ?? 0) !== 0,
  };
}

/**
 * Reads the records of a pax extended header, `LENGTH KEY=VALUE\n` each.
 *
 * @returns `undefined` when they are malformed
 */
export function parsePaxRecords(
  bytes: Uint8Array,
): ReadonlyMap<string, string> | undefined {
  const records = new Map<string, string>();
  let offset = 0;
  while (offset < bytes.length && bytes[offset] !== 0) {
    const space = bytes.indexOf(0x20, offset);
    const digits = latin1(bytes.subarray(offset, Math.max(space, offset)));
    if (!/^[0-9]{1,10}$/.test(digits)) return undefined;
    const end = offset + Number(digits);
    const equals = bytes.indexOf(0x3d, space);
    if (equals === -1 || equals >= end || bytes[end - 1] !== 0x0a) {
      return undefined;
    }
    records.set(
      decodeName(bytes.subarray(space + 1, equals)),
      decodeName(bytes.subarray(equals + 1, end - 1)),
    );
    offset = end;
  }
  return records;
}

/** Decodes a name: UTF-8, or byte by byte where it is not. */
export function decodeName(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return latin1(bytes);
    throw error;
  }
}

/** Some old tars sum the bytes as signed characters. */
function hasValidChecksum(block: Uint8Array): boolean {
  const stated = number(block.subarray(148, 156));
  if (block.length !== BLOCK_SIZE || stated === undefined) return false;
  let unsigned = 0;
  let signed = 0;
  for (let index = 0; index < BLOCK_SIZE; index++) {
    const inField = index >= 148 && index < 156;
    const byte = inField ? 0x20 : block[index] ?? 0;
    unsigned += byte;
    signed += byte > 127 ? byte - 256 : byte;
  }
  return stated === unsigned || stated === signed;
}

/** GNU headers keep times and sparse maps where POSIX has `prefix`. */
function isPosix(block: Uint8Array): boolean {
  return latin1(block.subarray(257, 263)) === "ustar\0";
}

function joinPrefix(prefix: string, name: string): string {
  return prefix === "" ? name : `${prefix}/${name}`;
}

function text(block: Uint8Array, offset: number, length: number): string {
  const field = block.subarray(offset, offset + length);
  const end = field.indexOf(0);
  return decodeName(end === -1 ? field : field.subarray(0, end));
}

/** Octal digits between spaces and NULs, or GNU's base 256. */
function number(field: Uint8Array): number | undefined {
  if (((field[0] ?? 0) & 0x80) !== 0) return base256(field);
  const digits = latin1(field).replace(/^[ \0]+|[ \0].*$/gs, "");
  if (digits === "") return 0;
  return /^[0-7]+$/.test(digits) ? parseInt(digits, 8) : undefined;
}

/** A first byte of 0xff starts a negative number, which no size is. */
function base256(field: Uint8Array): number | undefined {
  const value = field.subarray(1).reduce(
    (sum, byte) => sum * 256 + byte,
    (field[0] ?? 0) & 0x7f,
  );
  return field[0] !== 0xff && Number.isSafeInteger(value) ? value : undefined;
}

function latin1(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}
