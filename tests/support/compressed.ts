import { gzipSync, zstdCompressSync } from "node:zlib";
import { concatBytes, toBytes } from "./tar_builder.ts";

/** Bytes that bzip2 and xz made, which the runtime cannot make itself. */
const MADE = {
  /** `bzip2` of "one ". */
  bzip2One: "QlpoOTFBWSZTWc+6oLQAAAGRAEAAAgGgACGaaDNNDLxdyRThQkM+6oLQ",
  /** `bzip2` of "two". */
  bzip2Two: "QlpoOTFBWSZTWc3cjZoAAACBgAAAhIAgACGYGYRhdyRThQkM3cjZoA==",
  /** `bzip2` of nothing. */
  bzip2Nothing: "QlpoORdyRThQkAAAAAA=",
  /** `bzip2` of 3,000,000 zeros. */
  bzip2Zeros:
    "QlpoOTFBWSZTWaZFgLIAFvpACMAAQAAACCAAMMwJqmmpAi2pIEXi7kinChIUyLAWQA==",
  /** `xz` of "one ". */
  xzOne:
    "/Td6WFoAAATm1rRGAgAhARYAAAB0L+WjAQADb25lIABajIOjMTXvfgABHARvLJzBH7bzfQEAAAAABFla",
  /** `xz` of "two". */
  xzTwo:
    "/Td6WFoAAATm1rRGAgAhARYAAAB0L+WjAQACdHdvAABd03kpdShSAwABGwMLL7kQH7bzfQEAAAAABFla",
  /** `xz -C crc32` of "one". */
  xzCrc32:
    "/Td6WFoAAAFpIt42AgAhARYAAAB0L+WjAQACb25lAADxhmx6AAEXAwdgDLyQQpkNAQAAAAABWVo=",
  /** `xz -C sha256` of "one". */
  xzSha256:
    "/Td6WFoAAArh+wyhAgAhARYAAAB0L+WjAQACb25lAAB2ksOtNUC7gDwCCzruZs2IhxIyNOoMbnFDwK3XP/Qx7QABMwOhgeRNGJtLmgEAAAAAClla",
  /** `xz --x86 --lzma2` of "one". */
  xzFilter:
    "/Td6WFoAAATm1rRGAgEEACEBDADWfBivAQACb25lAAB+5RDF1WpsmgABGwMLL7kQH7bzfQEAAAAABFla",
  /** `xz --lzma2=dict=128MiB` of "one". */
  xzDictionary:
    "/Td6WFoAAATm1rRGAgAhAR4AAACbB1FmAQACb25lAAB+5RDF1WpsmgABGwMLL7kQH7bzfQEAAAAABFla",
} as const;

/** Returns bytes that bzip2 or xz made. */
export function madeBytes(name: keyof typeof MADE): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(MADE[name]), (char) => char.charCodeAt(0));
}

/** Returns "one two" as two members, frames or streams of each compression. */
export function oneTwo(
  compression: "gzip" | "zstd" | "bzip2" | "xz",
): Uint8Array<ArrayBuffer> {
  switch (compression) {
    case "gzip":
      return concatBytes([gzipSync("one "), gzipSync("two")]);
    case "zstd":
      return concatBytes([
        Uint8Array.of(0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3),
        zstdCompressSync(toBytes("one ")),
        zstdCompressSync(toBytes("two")),
      ]);
    case "bzip2":
      return concatBytes([madeBytes("bzip2One"), madeBytes("bzip2Two")]);
    case "xz":
      return concatBytes([madeBytes("xzOne"), madeBytes("xzTwo")]);
  }
}

/** Makes a stream of bytes in pieces of `size`. */
export function streamOf(
  bytes: Uint8Array,
  size: number = bytes.length || 1,
): ReadableStream<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for (let start = 0; start < bytes.length; start += size) {
    pieces.push(bytes.slice(start, start + size));
  }
  return ReadableStream.from(pieces);
}
