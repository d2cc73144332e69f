import type { ReceivedStart } from "../content/receive_blob.ts";
import type { AbandonOptions } from "../content/staged_target.ts";
import type { Digest } from "../oci/digest.ts";

/** An entry of a blob of which only the start is there. */
export interface StartedEntry {
  /** The blob. */
  readonly digest: Digest;
  /** Where the header of the entry begins. */
  readonly position: number;
  /** What is there of its content. */
  readonly start: ReceivedStart;
}

/** Where the bytes of an archive go, one after the other. */
export interface ArchiveOutput {
  /** Where they go, for messages. */
  readonly location: string;
  /** Directory for blobs whose size is not known beforehand. */
  readonly tempDir: string;
  /** Blobs that an earlier run left there whole, with their sizes. */
  readonly blobs: ReadonlyMap<Digest, number>;
  /** The blob in which an earlier run was cut off, behind these. */
  readonly started?: StartedEntry;
  /** Number of bytes that are there. */
  readonly position: number;

  /** Writes behind what is there. */
  write(bytes: Uint8Array): Promise<void>;

  /** Takes back what stands behind a position; a stream cannot. */
  rewind?(position: number): Promise<void>;

  /** Makes the archive visible under its final name. */
  commit(): Promise<void>;

  /** Gives the archive up; after a commit it does nothing. */
  abandon(options: AbandonOptions): Promise<void>;
}
