/** Bytes one after the other, without a new piece of memory for each. */
export interface ByteSource {
  /**
   * Reads the next bytes, which are good until the next read.
   *
   * @returns `undefined` at the end, and when the source was cancelled
   */
  read(): Promise<Uint8Array | undefined>;
  /** Gives the source up; a read that waits ends. */
  cancel(reason?: unknown): Promise<void>;
}

/**
 * Takes a stream as a source of bytes.
 *
 * @param memorySize most bytes that one read returns
 */
export function byteSource(
  stream: ReadableStream<Uint8Array>,
  memorySize: number,
): ByteSource {
  const reader = byobReader(stream);
  return reader === undefined
    ? new ChunkSource(stream.getReader())
    : new MemorySource(reader, new Uint8Array(memorySize));
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

/** Reads into the same memory again and again, so that no garbage is made. */
class MemorySource implements ByteSource {
  readonly #reader: ReadableStreamBYOBReader;
  #memory: Uint8Array<ArrayBuffer>;

  constructor(
    reader: ReadableStreamBYOBReader,
    memory: Uint8Array<ArrayBuffer>,
  ) {
    this.#reader = reader;
    this.#memory = memory;
  }

  async read(): Promise<Uint8Array | undefined> {
    const { done, value } = await this.#reader.read(this.#memory);
    if (done || value === undefined) return undefined;
    // The memory moves into the stream with a read and back with its result.
    this.#memory = new Uint8Array(value.buffer);
    return value;
  }

  async cancel(reason?: unknown): Promise<void> {
    await this.#reader.cancel(reason);
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
}
