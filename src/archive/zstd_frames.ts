/** A block holds at most this many bytes, compressed or not. */
const MAX_BLOCK_SIZE = 128 * 1024;

const BLOCK_HEADER_SIZE = 3;
const CHECKSUM_SIZE = 4;
const FRAME_MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;

/** What the bytes that are collected will be once they are complete. */
type Part =
  | "magic"
  | "skippable size"
  | "frame descriptor"
  | "frame header"
  | "block header"
  | "block"
  | "checksum";

/**
 * Cuts a zstd stream into its smallest parts without decoding it: frame header,
 * block, checksum. Skippable frames are left out. It knows where a frame ends,
 * so that any number of frames is read and a truncated stream is noticed, which
 * `node:zlib` of Deno does not do by itself.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8878#section-3
 */
export class ZstdFrames {
  readonly #buffer = new Uint8Array(BLOCK_HEADER_SIZE + MAX_BLOCK_SIZE);
  readonly #view = new DataView(this.#buffer.buffer);
  #part: Part = "magic";
  #length = 0;
  #needed = 4;
  #skip = 0;
  #lastBlock = false;
  #checksum = false;

  /**
   * Takes the next bytes and yields the parts that are complete. A part is valid
   * until the next one is asked for.
   *
   * @throws {SyntaxError} when the bytes are not zstd
   */
  *push(bytes: Uint8Array): Generator<Uint8Array> {
    let rest = bytes;
    while (true) {
      const skipped = Math.min(this.#skip, rest.length);
      this.#skip -= skipped;
      rest = rest.subarray(skipped);
      const taken = rest.subarray(0, this.#needed - this.#length);
      this.#buffer.set(taken, this.#length);
      this.#length += taken.length;
      rest = rest.subarray(taken.length);
      if (this.#length < this.#needed) return;
      const part = this.#step();
      if (part !== undefined) yield part;
    }
  }

  /**
   * Checks that the stream is complete.
   *
   * @throws {SyntaxError} when it ends inside a frame
   */
  end(): void {
    if (this.#part === "magic" && this.#length === 0 && this.#skip === 0) {
      return;
    }
    throw new SyntaxError("The zstd data ends inside a frame");
  }

  #step(): Uint8Array | undefined {
    switch (this.#part) {
      case "magic":
        return this.#readMagic();
      case "skippable size":
        this.#skip = this.#view.getUint32(4, true);
        return this.#begin("magic", 4);
      case "frame descriptor":
        return this.#extend("frame header", 4 + frameHeaderSize(this.#at(4)));
      case "frame header":
        this.#checksum = (this.#at(4) & 4) !== 0;
        return this.#emit("block header", BLOCK_HEADER_SIZE);
      case "block header":
        return this.#readBlockHeader();
      case "block":
        return this.#emitBlock();
      case "checksum":
        return this.#emit("magic", 4);
    }
  }

  #readMagic(): undefined {
    const magic = this.#view.getUint32(0, true);
    if (magic === FRAME_MAGIC) return this.#extend("frame descriptor", 5);
    if ((magic & 0xfffffff0) === SKIPPABLE_MAGIC) {
      return this.#extend("skippable size", 8);
    }
    throw new SyntaxError("There is something else between the zstd frames");
  }

  #readBlockHeader(): undefined {
    const header = this.#at(0) | this.#at(1) << 8 | this.#at(2) << 16;
    const type = (header >> 1) & 3;
    const size = header >> 3;
    if (type === 3 || size > MAX_BLOCK_SIZE) {
      throw new SyntaxError("The zstd data has a malformed block");
    }
    this.#lastBlock = (header & 1) === 1;
    // A block of type 1 repeats a single byte.
    this.#extend("block", BLOCK_HEADER_SIZE + (type === 1 ? 1 : size));
  }

  #emitBlock(): Uint8Array {
    if (!this.#lastBlock) return this.#emit("block header", BLOCK_HEADER_SIZE);
    if (this.#checksum) return this.#emit("checksum", CHECKSUM_SIZE);
    return this.#emit("magic", 4);
  }

  /** Goes on collecting: what is there is the start of a larger part. */
  #extend(part: Part, needed: number): undefined {
    this.#part = part;
    this.#needed = needed;
  }

  #begin(part: Part, needed: number): undefined {
    this.#extend(part, needed);
    this.#length = 0;
  }

  #emit(next: Part, needed: number): Uint8Array {
    const part = this.#buffer.subarray(0, this.#length);
    this.#begin(next, needed);
    return part;
  }

  #at(index: number): number {
    return this.#view.getUint8(index);
  }
}

/**
 * Returns the size of a frame header without its magic.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1.1
 */
function frameHeaderSize(descriptor: number): number {
  const singleSegment = (descriptor & 0x20) !== 0;
  const dictionaryId = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const contentSize = [singleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  return 1 + (singleSegment ? 0 : 1) + dictionaryId + contentSize;
}
