/** Bytes one after the other, without a new piece of memory for each. */
export interface ByteSource {
  /**
   * Reads the next bytes, which are good until the read after the next: what
   * was read last can be written to a disk while more is read.
   *
   * @returns `undefined` at the end, and when the source was cancelled
   */
  read(): Promise<Uint8Array | undefined>;
  /** Gives the source up; a read that waits ends. */
  cancel(reason?: unknown): Promise<void>;
  /** Leaves what was not read to another reader; no read may wait. */
  release(): void;
}

/**
 * Takes a stream as a source of bytes.
 *
 * @param memorySize most bytes that one read of a byte stream returns
 */
export function byteSource(
  stream: ReadableStream<Uint8Array>,
  memorySize: number,
): ByteSource {
  const reader = byobReader(stream);
  return reader === undefined
    ? new ChunkSource(stream.getReader())
    : new MemorySource(reader, memorySize);
}

/** Deno 2.9 hands over small bodies as streams that only give chunks. */
function byobReader(
  stream: ReadableStream<Uint8Array>,
): ReadableStreamBYOBReader | undefined {
  try {
    return stream.getReader({ mode: "byob" });
  } catch (error) {
    if (error instanceof TypeError && !stream.locked) return undefined;
    throw error;
  }
}

/** Reads into two pieces of memory in turn, so that no garbage is made. */
class MemorySource implements ByteSource {
  readonly #reader: ReadableStreamBYOBReader;
  #next: Uint8Array<ArrayBuffer>;
  #last: Uint8Array<ArrayBuffer>;

  constructor(reader: ReadableStreamBYOBReader, memorySize: number) {
    this.#reader = reader;
    this.#next = new Uint8Array(memorySize);
    this.#last = new Uint8Array(memorySize);
  }

  async read(): Promise<Uint8Array | undefined> {
    const { done, value } = await this.#reader.read(this.#next);
    if (done || value === undefined) return undefined;
    // The memory moves into the stream with a read and back with its result.
    this.#next = this.#last;
    this.#last = new Uint8Array(value.buffer);
    return value;
  }

  async cancel(reason?: unknown): Promise<void> {
    await this.#reader.cancel(reason);
  }

  release(): void {
    this.#reader.releaseLock();
  }
}

class ChunkSource implements ByteSource {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;

  constructor(reader: ReadableStreamDefaultReader<Uint8Array>) {
    this.#reader = reader;
  }

  async read(): Promise<Uint8Array | undefined> {
    return (await this.#reader.read()).value;
  }

  async cancel(reason?: unknown): Promise<void> {
    await this.#reader.cancel(reason);
  }

  release(): void {
    this.#reader.releaseLock();
  }
}
