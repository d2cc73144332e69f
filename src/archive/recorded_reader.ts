/** Reads a stream, and keeps how it failed, where it did. */
export class RecordedReader implements AsyncIterable<Uint8Array> {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  /** Why the stream could not be read further. */
  failure: unknown;

  /** Takes the stream; nobody else can read it then. */
  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader();
  }

  /** Reads the next piece. */
  async read(): Promise<ReadableStreamReadResult<Uint8Array>> {
    try {
      return await this.#reader.read();
    } catch (error) {
      this.failure = error;
      throw error;
    }
  }

  /** Yields the pieces up to the end. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    while (true) {
      const { done, value } = await this.read();
      if (done) return;
      yield value;
    }
  }

  /** Ends the stream, wherever it is; one that failed has ended. */
  async cancel(reason?: unknown): Promise<void> {
    if (this.failure === undefined) await this.#reader.cancel(reason);
  }
}
