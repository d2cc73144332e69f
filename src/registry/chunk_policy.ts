/** Options for {@linkcode ChunkPolicy}. */
export interface ChunkPolicyOptions {
  /**
   * Bytes of a chunk, of which two are in memory for each upload.
   *
   * @default {4_194_304}
   */
  readonly chunkSize?: number;
}

/**
 * 4 MiB: what a broken connection costs at most. Four uploads at once have a
 * peak of 160 MB with it and 195 MB with 8 MiB, which is hardly faster; GHCR
 * takes no more.
 */
const CHUNK_SIZE = 4 * 1024 * 1024;

/** 256 KiB: a registry that refuses this takes no blobs. */
const SMALLEST_CHUNK = 256 * 1024;

/**
 * How blobs are sent to one registry. It begins with the best way and learns
 * from refusals, for all later blobs.
 */
export class ChunkPolicy {
  #size: number;
  #streamed = false;

  /**
   * Makes a policy that begins with chunks.
   *
   * @throws {RangeError} when the chunk size is no whole number, 1 or more
   */
  constructor(options: ChunkPolicyOptions = {}) {
    const { chunkSize = CHUNK_SIZE } = options;
    if (!Number.isSafeInteger(chunkSize) || chunkSize < 1) {
      throw new RangeError(
        `Cannot send chunks of ${chunkSize} bytes: it must be a whole number, 1 or more`,
      );
    }
    this.#size = chunkSize;
  }

  /** Bytes of a chunk. */
  get size(): number {
    return this.#size;
  }

  /** Whether a blob goes in one request of any length, not in chunks. */
  get streamed(): boolean {
    return this.#streamed;
  }

  /**
   * Halves the chunks, because one was too big.
   *
   * @param refused bytes of the chunk that was refused
   * @returns whether chunks can be smaller than that one
   */
  shrink(refused: number): boolean {
    // Several uploads hear of the same limit; one halving serves them all.
    if (this.#size < refused) return true;
    const half = Math.floor(refused / 2);
    if (half < SMALLEST_CHUNK) return false;
    this.#size = half;
    return true;
  }

  /** Gives up chunks, because the registry does not know them. */
  giveUpChunks(): void {
    this.#streamed = true;
  }
}
