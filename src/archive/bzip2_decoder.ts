// The package's stream collects each block in an array of numbers, which takes
// a gigabyte for 46 MB of zeros: its decoder is used without the stream.
import bitIterator from "unbzip2-stream/lib/bit_iterator.js";
import bzip2 from "unbzip2-stream/lib/bzip2.js";

/** Reads bits, the first of a byte first; `null` skips to the next byte. */
interface BitReader {
  (count: number | null): number;
  readonly bytesRead: number;
}

/** The decoder inside `unbzip2-stream`. */
interface BlockDecoder {
  /** Reads the header of a stream; returns the block size in 100,000 bytes. */
  header(bits: BitReader): number;
  /** Decodes a block; returns the checksum so far, `null` after the last. */
  decompress(
    bits: BitReader,
    onByte: (byte: number) => void,
    block: Int32Array,
    blockSize: number,
    checksum: number,
  ): number | null;
}

/**
 * The decoder cannot wait for bytes, so a whole block must be there before:
 * 900,000 symbols of at most 20 bits, and the tables before them.
 */
const MAX_BLOCK_SIZE = 2_400_000;

/** Output is made in pieces of this many bytes. */
const OUTPUT_SIZE = 1024 * 1024;

/**
 * Decompresses bzip2, any number of streams.
 *
 * @throws {SyntaxError} when the data is damaged or truncated, or something
 *   else follows it
 */
export async function* decompressBzip2(
  input: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const queue = new InputQueue(input);
  try {
    yield* decodeStreams(queue);
  } finally {
    await queue.close();
  }
}

async function* decodeStreams(queue: InputQueue): AsyncGenerator<Uint8Array> {
  const decoder: BlockDecoder = bzip2;
  await queue.fill(MAX_BLOCK_SIZE);
  const bits: BitReader = bitIterator(() => queue.next());
  while (await queue.fill(bits.bytesRead + MAX_BLOCK_SIZE) > bits.bytesRead) {
    const blockSize = 100_000 * attempt(() => decoder.header(bits));
    const block = new Int32Array(blockSize);
    let checksum: number | null = 0;
    while (checksum !== null) {
      await queue.fill(bits.bytesRead + MAX_BLOCK_SIZE);
      const output = new OutputPieces();
      const onByte = (byte: number) => output.push(byte);
      const before: number = checksum;
      checksum = attempt(() =>
        decoder.decompress(bits, onByte, block, blockSize, before)
      );
      yield* output.take();
    }
  }
}

/** What the decoder itself says of damaged data does not help anybody. */
function attempt<T>(step: () => T): T {
  try {
    return step();
  } catch (error) {
    if (error instanceof SyntaxError) throw error;
    throw new SyntaxError(
      "The bzip2 data is damaged, or something else follows it",
      { cause: error },
    );
  }
}

/** Input that was read and not yet decoded. */
class InputQueue {
  readonly #input: AsyncIterator<Uint8Array>;
  readonly #pieces: Uint8Array[] = [];
  #received = 0;

  constructor(input: AsyncIterable<Uint8Array>) {
    this.#input = input[Symbol.asyncIterator]();
  }

  /** Reads until `total` bytes came in all, or the end; returns how many came. */
  async fill(total: number): Promise<number> {
    while (this.#received < total) {
      const { done, value } = await this.#input.next();
      if (done) break;
      if (value.length === 0) continue;
      this.#pieces.push(value);
      this.#received += value.length;
    }
    return this.#received;
  }

  /** Tells the input that no more of it is wanted. */
  async close(): Promise<void> {
    await this.#input.return?.();
  }

  next(): Uint8Array {
    const piece = this.#pieces.shift();
    if (piece !== undefined) return piece;
    throw new SyntaxError("The bzip2 data ends too early");
  }
}

/** Collects single bytes. */
class OutputPieces {
  readonly #full: Uint8Array[] = [];
  #piece = new Uint8Array(OUTPUT_SIZE);
  #length = 0;

  push(byte: number): void {
    this.#piece[this.#length++] = byte;
    if (this.#length < OUTPUT_SIZE) return;
    this.#full.push(this.#piece);
    this.#piece = new Uint8Array(OUTPUT_SIZE);
    this.#length = 0;
  }

  take(): readonly Uint8Array[] {
    return this.#length === 0
      ? this.#full
      : [...this.#full, this.#piece.subarray(0, this.#length)];
  }
}
