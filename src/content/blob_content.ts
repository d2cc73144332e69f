import type { Digest } from "../oci/digest.ts";

/**
 * Opens content afresh, from byte `offset` on (default 0). It may be called any
 * number of times, so that a retry can begin again; every stream is read to its
 * end or cancelled by the caller. The pieces of a stream belong to the caller,
 * who may give back their memory.
 */
export type Opener = (offset?: number) => Promise<ReadableStream<Uint8Array>>;

/**
 * A blob on its way from a source to a target.
 *
 * Where the digest is known beforehand the target verifies size and digest as
 * the bytes pass; where it is not (a layer that is compressed on the way), the
 * target computes both and returns them.
 */
export interface BlobContent {
  /** Media type of the bytes that {@linkcode open} yields. */
  readonly mediaType: string;
  /** Digest of the bytes, where it is known before they are read. */
  readonly digest?: Digest;
  /**
   * Stands for the bytes where their digest is not known beforehand: what has
   * the same identity has the same bytes, as far as the same version of the
   * program makes them.
   */
  readonly identity?: string;
  /** Number of bytes, where it is known before they are read. */
  readonly size?: number;
  /**
   * Tells how many bytes of the source the first so many bytes stand for, where
   * they are made on the way; default as many.
   */
  readonly sourceBytes?: (bytes: number) => number;
  /** Opens the bytes; the stream fails when the source finds them damaged. */
  readonly open: Opener;
}
