import type { BlobContent } from "../content/blob_content.ts";
import {
  type ContentIdentity,
  ContentMismatchError,
} from "../content/content_mismatch_error.ts";
import { type Digest, digestAlgorithm, Digester } from "../oci/digest.ts";

/** What is known of a blob once all of its bytes were read. */
export interface BlobIdentity {
  /** Digest of the bytes. */
  readonly digest: Digest;
  /** Number of bytes. */
  readonly size: number;
}

/** Consecutive bytes of a blob, in memory as they were read. */
export class Chunk {
  /** Offset of the first byte in the blob. */
  readonly start: number;
  /** Offset after the last byte. */
  readonly end: number;
  /** The bytes. */
  readonly pieces: readonly Uint8Array[];

  /** Makes a chunk of pieces, whose bytes are not copied. */
  constructor(start: number, pieces: readonly Uint8Array[]) {
    this.start = start;
    this.pieces = pieces;
    this.end = pieces.reduce((end, piece) => end + piece.length, start);
  }

  /** Returns the part between two offsets in the blob; no byte is copied. */
  slice(start: number, end: number): Chunk {
    const pieces: Uint8Array[] = [];
    let offset = this.start;
    for (const piece of this.pieces) {
      const from = Math.max(start - offset, 0);
      const to = Math.min(end - offset, piece.length);
      if (from < to) pieces.push(piece.subarray(from, to));
      offset += piece.length;
    }
    return new Chunk(Math.max(start, this.start), pieces);
  }

  /**
   * Gives back the memory of the bytes, which are gone then. The garbage
   * collector would let hundreds of megabytes pile up.
   */
  release(): void {
    for (const { buffer, byteOffset, length } of this.pieces) {
      // The next chunk has the rest of a piece that was cut.
      if (byteOffset + length < buffer.byteLength) continue;
      if (buffer instanceof ArrayBuffer) buffer.transfer(0);
    }
  }
}

/**
 * Reads the bytes of a blob once: cuts them into chunks, hashes them, and
 * compares size and digest with what was said before the last chunk is given
 * out.
 */
export class ChunkReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #content: BlobContent;
  readonly #digester: Digester;
  #waiting: Uint8Array | undefined;
  #read = 0;
  #identity: BlobIdentity | undefined;

  private constructor(
    content: BlobContent,
    stream: ReadableStream<Uint8Array>,
  ) {
    this.#content = content;
    this.#reader = stream.getReader();
    this.#digester = new Digester(
      content.digest && digestAlgorithm(content.digest),
    );
  }

  /** Opens the content at its beginning. */
  static async open(content: BlobContent): Promise<ChunkReader> {
    return new ChunkReader(content, await content.open());
  }

  /** What the blob is; `undefined` until all of it was read. */
  get identity(): BlobIdentity | undefined {
    return this.#identity;
  }

  /**
   * Reads the next chunk. It has the full size unless it is the last one, after
   * which {@linkcode identity} is known. Empty content is one empty chunk.
   *
   * @throws {ContentMismatchError} when size or digest is not what was said
   */
  async next(size: number): Promise<Chunk> {
    const start = this.#read - (this.#waiting?.length ?? 0);
    const pieces: Uint8Array[] = [];
    let missing = size;
    while (missing > 0) {
      const piece = await this.#take(missing);
      if (piece === undefined) break;
      pieces.push(piece);
      missing -= piece.length;
    }
    // The next piece tells whether this chunk is the last one.
    this.#waiting ??= await this.#pull();
    return new Chunk(start, pieces);
  }

  /**
   * Reads the next piece, of whatever size the content has it.
   *
   * @returns `undefined` at the end, after which {@linkcode identity} is known
   * @throws {ContentMismatchError} when size or digest is not what was said
   */
  nextPiece(): Promise<Uint8Array | undefined> {
    return this.#take(Infinity);
  }

  /**
   * Reads and hashes the first bytes without keeping them.
   *
   * @throws {RangeError} when the content is shorter
   */
  async skip(bytes: number): Promise<void> {
    for (let missing = bytes; missing > 0;) {
      const piece = await this.#take(missing);
      if (piece === undefined) {
        throw new RangeError(
          `Cannot go on at byte ${bytes} of the blob: it has ${this.#read}`,
        );
      }
      missing -= piece.length;
    }
  }

  /** Gives the content up; harmless at its end. */
  async cancel(): Promise<void> {
    await this.#reader.cancel();
  }

  async #take(most: number): Promise<Uint8Array | undefined> {
    const piece = this.#waiting ?? await this.#pull();
    this.#waiting = undefined;
    if (piece === undefined || piece.length <= most) return piece;
    this.#waiting = piece.subarray(most);
    return piece.subarray(0, most);
  }

  async #pull(): Promise<Uint8Array | undefined> {
    while (this.#identity === undefined) {
      const { done, value } = await this.#reader.read();
      if (done) {
        this.#finish();
        return undefined;
      }
      this.#read += value.length;
      const { size = Infinity } = this.#content;
      if (this.#read > size) this.#fail({ size: this.#read }, "at least ");
      this.#digester.update(value);
      if (value.length > 0) return value;
    }
    return undefined;
  }

  #finish(): void {
    const identity = { digest: this.#digester.digest(), size: this.#read };
    const { size, digest } = this.#content;
    if (size !== undefined && identity.size !== size) {
      this.#fail({ size: identity.size });
    }
    if (digest !== undefined && identity.digest !== digest) {
      this.#fail({ digest: identity.digest });
    }
    this.#identity = identity;
  }

  #fail(actual: ContentIdentity, more = ""): never {
    const { digest, size } = this.#content;
    const fault = actual.size === undefined
      ? `its digest is ${actual.digest}`
      : `it has ${more}${actual.size} bytes, must have ${size}`;
    throw new ContentMismatchError(
      `Cannot push the blob "${digest ?? this.#content.mediaType}": ${fault}`,
      { ...digest && { digest }, ...size !== undefined && { size } },
      actual,
    );
  }
}
