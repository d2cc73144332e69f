/** Archives whose bytes depend on nothing but their content. */
import { crc32, deflateRawSync, gzipSync } from "node:zlib";
import { joinBytes } from "../src/http/body.ts";
import { tarEnd, tarHeader, tarPadding } from "../src/archive/tar_writer.ts";

/** A file of an archive. */
export interface PackedFile {
  /** Its path in the archive. */
  readonly name: string;
  /** What is in it. */
  readonly bytes: Uint8Array;
  /** Whether it can be run; default no. */
  readonly executable?: boolean;
}

/** Place of the operating system in the header of gzip. */
const GZIP_OS = 9;
const UNKNOWN_OS = 255;

/** Returns a gzip-compressed tar of files. */
export function tarGz(files: readonly PackedFile[]): Uint8Array {
  const blocks = files.flatMap((file) => [
    tarHeader({
      type: "file",
      name: file.name,
      size: file.bytes.length,
      mode: modeOf(file),
    }),
    file.bytes,
    tarPadding(file.bytes.length),
  ]);
  const compressed = gzipSync(joinBytes([...blocks, tarEnd()]), { level: 9 });
  // zlib writes the system that it runs on.
  compressed[GZIP_OS] = UNKNOWN_OS;
  return compressed;
}

/**
 * Returns a zip of files; each of them and all together are below 4 GiB.
 *
 * @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 */
export function zip(files: readonly PackedFile[]): Uint8Array {
  const local: Uint8Array[] = [];
  const central: Uint8Array[] = [];
  let offset = 0;
  for (const file of files) {
    const content = deflateRawSync(file.bytes, { level: 9 });
    const name = new TextEncoder().encode(file.name);
    const common = commonFields(file, content.length, name.length);
    const head = fields(["4:0x04034b50", ...common]);
    local.push(head, name, content);
    central.push(
      fields([
        "4:0x02014b50",
        // Made on Unix, by version 2.0, so that the mode counts.
        "2:0x0314",
        ...common,
        ...["2:0", "2:0", "2:0"],
        `4:${(0o100000 | modeOf(file)) * 0x10000}`,
        `4:${offset}`,
      ]),
      name,
    );
    offset += head.length + name.length + content.length;
  }
  const directory = joinBytes(central);
  const end = fields([
    ...["4:0x06054b50", "2:0", "2:0"],
    ...[`2:${files.length}`, `2:${files.length}`],
    ...[`4:${directory.length}`, `4:${offset}`, "2:0"],
  ]);
  return joinBytes([...local, directory, end]);
}

/** The fields that a file has in both of its headers. */
function commonFields(
  { bytes }: PackedFile,
  compressedSize: number,
  nameSize: number,
): string[] {
  return [
    // Version 2.0, a name in UTF-8, deflate.
    ...["2:20", "2:0x0800", "2:8"],
    // The first moment that a zip can tell: 1980-01-01.
    ...["2:0", "2:0x0021"],
    `4:${crc32(bytes)}`,
    ...[`4:${compressedSize}`, `4:${bytes.length}`],
    ...[`2:${nameSize}`, "2:0"],
  ];
}

/** Writes numbers, little-endian, each as `BYTES:VALUE`. */
function fields(list: readonly string[]): Uint8Array {
  const bytes = list.flatMap((field) => {
    const [size, value] = field.split(":").map(Number);
    return Array.from(
      { length: size ?? 0 },
      (_, index) => Math.floor((value ?? 0) / 2 ** (8 * index)) % 256,
    );
  });
  return new Uint8Array(bytes);
}

function modeOf({ executable = false }: PackedFile): number {
  return executable ? 0o755 : 0o644;
}
