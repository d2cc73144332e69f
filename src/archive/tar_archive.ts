import { openFileRange, readFileRange } from "../layout/file_range.ts";
import { quote } from "../oci/visible_text.ts";
import { ArchiveError } from "./archive_error.ts";
import { indexTar, type TarIndex } from "./tar_index.ts";
import { normalizeEntryName, resolveMember } from "./tar_links.ts";
import { reportedError } from "./tar_trailer.ts";

/** A regular file in a tar, with links already followed. */
export interface TarEntry {
  /** Normalised name: no `./`, no leading slash, never a path on this host. */
  readonly name: string;
  /** Where its bytes start in {@linkcode TarArchive.path}. */
  readonly offset: number;
  /** Number of its bytes. */
  readonly size: number;
}

/**
 * A tar that can be sought: a plain tar file read in place, or the spooled copy
 * of one that was compressed or came as a stream. Entry names are keys of a
 * map; nothing is ever extracted by name.
 */
export interface TarArchive {
  /** The archive as the user named it, for messages. */
  readonly location: string;
  /** The file that offsets refer to; a temporary one when it was spooled. */
  readonly path: string;
  /** Names of the regular files, in the order of the tar. */
  readonly names: readonly string[];
  /** What follows the end of the tar, zeros left out; mostly nothing. */
  readonly trailer: Uint8Array;

  /**
   * Finds a file by its name, which is normalised first (`./a` is `a`);
   * symbolic and hard links are followed.
   *
   * @returns `undefined` when there is no such entry, or it is no file
   * @throws {ArchiveError} when the name is a link that leads nowhere, out of
   *   the archive or in a circle, or when the file is a sparse one; sparse files
   *   that nobody asks for do no harm
   */
  entry(name: string): TarEntry | undefined;

  /**
   * Reads a whole small file.
   *
   * @param maxBytes more than this is refused
   * @throws {ArchiveError} when it is larger, or the archive ends inside it
   */
  read(entry: TarEntry, maxBytes: number): Promise<Uint8Array>;

  /** Opens a file's bytes from `offset` on (default 0). */
  open(
    entry: TarEntry,
    offset?: number,
  ): Promise<ReadableStream<Uint8Array>>;

  /** Closes the file and deletes it when it was spooled. */
  close(): Promise<void>;
}

/** Options for {@linkcode openTar}. */
export interface OpenTarOptions {
  /** The archive as the user named it, for messages; default the path. */
  readonly location?: string;
  /** Deletes the file on close: it is a spooled copy. Default `false`. */
  readonly deleteOnClose?: boolean;
}

/**
 * Opens a tar file and reads its headers. When it fails, a spooled copy is
 * deleted.
 *
 * @throws {ArchiveError} when it is no tar, is truncated or damaged, has names
 *   that lead out of it, two entries of one name with different content, or
 *   ends in an engine's error report
 */
export async function openTar(
  path: string,
  options: OpenTarOptions = {},
): Promise<TarArchive> {
  const location = options.location ?? path;
  try {
    using file = await Deno.open(path, { read: true });
    const index = await indexTar(file, location);
    refuseReport(index, location);
    return new TarFile(index, { path, location, ...options });
  } catch (error) {
    if (options.deleteOnClose) await Deno.remove(path);
    throw error;
  }
}

function refuseReport(index: TarIndex, location: string): void {
  const report = reportedError(index.trailer);
  if (report === undefined) return;
  throw new ArchiveError(
    location,
    `it is incomplete, the engine that wrote it reported ${quote(report)}`,
    { recommendation: "Save the image again" },
  );
}

class TarFile implements TarArchive {
  readonly path: string;
  readonly location: string;
  readonly names: readonly string[];
  readonly trailer: Uint8Array;
  readonly #members: TarIndex["members"];
  #deleteOnClose: boolean;

  constructor(
    index: TarIndex,
    options: OpenTarOptions & { path: string; location: string },
  ) {
    this.path = options.path;
    this.location = options.location;
    this.trailer = index.trailer;
    this.#members = index.members;
    this.#deleteOnClose = options.deleteOnClose ?? false;
    this.names = [...index.members].flatMap(([name, { kind }]) =>
      kind === "file" || kind === "sparse" ? [name] : []
    );
  }

  entry(name: string): TarEntry | undefined {
    const normalized = normalizeEntryName(name);
    if (normalized === undefined) {
      throw this.#fault(name, "the name leads out of the archive");
    }
    const found = resolveMember(this.#members, normalized, this.location);
    if (found?.member.kind === "sparse") {
      throw this.#fault(
        found.name,
        "it is a sparse file, which cannot be read",
        "Write the archive again without sparse files (tar without --sparse)",
      );
    }
    if (found?.member.kind !== "file") return undefined;
    const { offset, size } = found.member;
    return { name: found.name, offset, size };
  }

  async read(
    entry: TarEntry,
    maxBytes: number,
  ): Promise<Uint8Array<ArrayBuffer>> {
    if (entry.size > maxBytes) {
      throw this.#fault(
        entry.name,
        `it has ${entry.size} bytes, at most ${maxBytes} are read`,
      );
    }
    return await readFileRange({ path: this.path, ...entry }, {
      endsEarly: (position) => this.#shrunk(entry, position),
    });
  }

  async open(
    entry: TarEntry,
    offset = 0,
  ): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
    if (offset < 0 || offset > entry.size) {
      throw new RangeError(
        `Cannot open "${entry.name}" at byte ${offset}: it has ${entry.size} bytes`,
      );
    }
    const range = {
      path: this.path,
      offset: entry.offset + offset,
      size: entry.size - offset,
    };
    return await openFileRange(range, {
      endsEarly: (position) => this.#shrunk(entry, position),
    });
  }

  async close(): Promise<void> {
    if (!this.#deleteOnClose) return;
    this.#deleteOnClose = false;
    await Deno.remove(this.path);
  }

  #shrunk(entry: TarEntry, position: number): ArchiveError {
    return this.#fault(
      entry.name,
      `the archive ends at byte ${position}, and this entry at byte ${
        entry.offset + entry.size
      }: the file was changed while it was read`,
    );
  }

  #fault(
    entry: string,
    reason: string,
    recommendation?: string,
  ): ArchiveError {
    return new ArchiveError(this.location, reason, {
      entry,
      ...recommendation !== undefined && { recommendation },
    });
  }
}
