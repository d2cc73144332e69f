import { LAYER_BLOCK_SIZE } from "./layer_compression.ts";

/** Something that fills a buffer, wholly or in part; `null` at its end. */
export interface BlockSource {
  /** Reads some bytes and returns their number. */
  read(buffer: Uint8Array): Promise<number | null>;
}

/** Fills buffers from pieces of any size. */
export class PieceSource implements BlockSource {
  readonly #pieces: AsyncIterator<Uint8Array>;
  #piece: Uint8Array = new Uint8Array(0);

  /** Takes the pieces in their order. */
  constructor(pieces: AsyncIterable<Uint8Array>) {
    this.#pieces = pieces[Symbol.asyncIterator]();
  }

  /** Copies what is left of a piece, as far as there is room. */
  async read(buffer: Uint8Array): Promise<number | null> {
    while (this.#piece.length === 0) {
      const { done, value } = await this.#pieces.next();
      if (done) return null;
      this.#piece = value;
    }
    const part = this.#piece.subarray(0, buffer.length);
    buffer.set(part);
    this.#piece = this.#piece.subarray(part.length);
    return part.length;
  }
}

/**
 * Yields blocks of exactly {@linkcode LAYER_BLOCK_SIZE} bytes, the last one
 * shorter, however the source was read. Each has a buffer of its own, and the
 * next one is read while the caller works on this one.
 */
export async function* readBlocks(
  source: BlockSource,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let pending = readBlock(source);
  try {
    for (
      let block = await pending;
      block.length > 0;
      block = await pending
    ) {
      pending = readBlock(source);
      // It may fail while nobody waits for it yet.
      pending.catch(() => {});
      yield block;
    }
  } finally {
    await Promise.allSettled([pending]);
  }
}

async function readBlock(
  source: BlockSource,
): Promise<Uint8Array<ArrayBuffer>> {
  const buffer = new Uint8Array(LAYER_BLOCK_SIZE);
  let size = 0;
  while (size < buffer.length) {
    const read = await source.read(buffer.subarray(size));
    if (read === null) break;
    size += read;
  }
  return buffer.subarray(0, size);
}
