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

  /**
   * Finds a file by its normalised name; symbolic and hard links are followed.
   *
   * @throws {ArchiveError} when the name is a link that leads nowhere, out of
   *   the archive or in a circle
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
