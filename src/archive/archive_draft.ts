import { digestAlgorithm, Digester } from "../oci/digest.ts";
import { type Digest, isDigest } from "../oci/digest.ts";
import type { StartedEntry } from "./archive_output.ts";
import { BLOCK_SIZE, parsePaxRecords, parseTarHeader } from "./tar_header.ts";

/** What an earlier run left of an archive that it did not finish. */
export interface ArchiveDraft {
  /** Whole and verified blobs, with their sizes. */
  readonly blobs: ReadonlyMap<Digest, number>;
  /** The blob behind them, where its start is there. */
  readonly started?: StartedEntry;
  /** Where to go on; what stands behind it is of no use. */
  readonly end: number;
}

/** What is hashed at once. */
const HASH_BUFFER_SIZE = 512 * 1024;

/** The records in front of an entry are the size of a large one. */
const MAX_RECORDS_SIZE = 16 * 1024;

interface BlobEntry {
  readonly digest: Digest;
  readonly size: number;
}

/**
 * Reads what is usable of an unfinished archive: the blobs at its start, each
 * hashed, as long as they are wanted, and the one that was cut off.
 *
 * @param wanted the blobs that belong into the archive
 */
export async function readArchiveDraft(
  file: Deno.FsFile,
  wanted: ReadonlySet<Digest>,
): Promise<ArchiveDraft> {
  const reader = new DraftReader(file);
  const blobs = new Map<Digest, number>();
  for (;;) {
    const position = reader.position;
    const entry = await reader.entry();
    if (
      entry === undefined || !wanted.has(entry.digest) ||
      blobs.has(entry.digest)
    ) return { blobs, end: position };
    const { digest, size } = entry;
    const start = await reader.content(entry);
    if (start.size < size) {
      const end = reader.position;
      return { blobs, started: { digest, position, start }, end };
    }
    const isWhole = start.digester.digest() === digest &&
      await reader.skipPadding(size);
    if (!isWhole) return { blobs, end: position };
    blobs.set(digest, size);
  }
}

class DraftReader {
  readonly #file: Deno.FsFile;
  readonly #buffer = new Uint8Array(HASH_BUFFER_SIZE);
  position = 0;

  constructor(file: Deno.FsFile) {
    this.#file = file;
  }

  /** Returns the entry of a blob, `undefined` when there is no such header. */
  async entry(): Promise<BlobEntry | undefined> {
    const header = parseTarHeader(await this.#read(BLOCK_SIZE));
    if (header === undefined) return undefined;
    if (header.type !== "x") return blobEntry(header);
    const size = header.size ?? 0;
    if (size > MAX_RECORDS_SIZE) return undefined;
    const records = parsePaxRecords(await this.#read(size));
    if (!await this.skipPadding(size)) return undefined;
    const next = parseTarHeader(await this.#read(BLOCK_SIZE));
    return next && blobEntry({
      name: records?.get("path") ?? next.name,
      type: next.type,
      size: Number(records?.get("size") ?? next.size),
    });
  }

  /** Hashes as much of an entry's content as is there. */
  async content({ digest, size }: BlobEntry): Promise<StartedEntry["start"]> {
    const digester = new Digester(digestAlgorithm(digest));
    let hashed = 0;
    while (hashed < size) {
      const bytes = await this.#read(
        Math.min(this.#buffer.length, size - hashed),
      );
      if (bytes.length === 0) break;
      digester.update(bytes);
      hashed += bytes.length;
    }
    return { size: hashed, digester };
  }

  /** Tells whether the last block of a content is filled. */
  async skipPadding(size: number): Promise<boolean> {
    const padding = (BLOCK_SIZE - size % BLOCK_SIZE) % BLOCK_SIZE;
    return (await this.#read(padding)).length === padding;
  }

  /** Reads so many bytes, fewer only at the end; valid until the next read. */
  async #read(size: number): Promise<Uint8Array> {
    const bytes = this.#buffer.subarray(0, size);
    let filled = 0;
    while (filled < size) {
      const count = await this.#file.read(bytes.subarray(filled)) ?? 0;
      if (count === 0) break;
      filled += count;
    }
    this.position += filled;
    return bytes.subarray(0, filled);
  }
}

function blobEntry(header: {
  readonly name: string;
  readonly type: string;
  readonly size: number | undefined;
}): BlobEntry | undefined {
  const { name, type, size } = header;
  const [, algorithm, encoded] =
    /^blobs\/(sha256|sha512)\/([0-9a-f]+)$/.exec(name) ?? [];
  const digest = `${algorithm}:${encoded}`;
  if (type !== "0" || size === undefined || !isDigest(digest)) return undefined;
  return { digest, size };
}
