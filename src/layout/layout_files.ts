import type { Digest } from "../oci/digest.ts";

/**
 * The files of an OCI image layout, in a directory or in a tar. Paths are
 * relative to the layout and made by this program alone, with `/` between.
 */
export interface LayoutFiles {
  /** The layout as the user named it, for messages. */
  readonly location: string;

  /** Returns the size of a regular file, or `undefined` when there is none. */
  size(path: string): Promise<number | undefined>;

  /**
   * Reads a whole small file.
   *
   * @param maxBytes more than this is refused
   * @returns `undefined` when there is no such file
   */
  read(path: string, maxBytes: number): Promise<Uint8Array | undefined>;

  /**
   * Opens a file from byte `offset` on.
   *
   * @returns `undefined` when there is no such file
   */
  open(
    path: string,
    offset: number,
  ): Promise<ReadableStream<Uint8Array> | undefined>;

  /** Lists the digests under which `blobs/sha256` has files, in order. */
  blobs(): Promise<readonly Digest[]>;

  /** Lists what is there, in a form that messages can show. */
  list(): Promise<readonly string[]>;

  /** Gives back files and temporary space. */
  close(): Promise<void>;
}
