/** What a {@linkcode LayerStream} asks of the worker behind it. */
export interface LayerStreamSource {
  /** Lets the worker post one more chunk. */
  credit(): void;
  /** Stops the worker's work on this layer. */
  cancel(): void;
}

/**
 * The program's end of a layer that a worker reads: a queue of chunks, as long
 * as the credit that the worker has.
 */
export class LayerStream {
  /** The bytes, for one reader. */
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly #source: LayerStreamSource;
  readonly #chunks: Uint8Array<ArrayBuffer>[] = [];
  #controller?: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
  #finished = false;
  #wake?: () => void;

  /** Makes the end of one layer. */
  constructor(source: LayerStreamSource) {
    this.#source = source;
    this.readable = new ReadableStream({
      start: (controller) => {
        this.#controller = controller;
      },
      pull: () => this.#pull(),
      cancel: () => {
        this.#finished = true;
        source.cancel();
      },
    }, { highWaterMark: 0 });
  }

  /** Takes the next chunk from the worker. */
  push(bytes: Uint8Array<ArrayBuffer>): void {
    if (this.#finished) return;
    this.#chunks.push(bytes);
    this.#wake?.();
  }

  /** Takes note that the chunk before was the last. */
  finish(): void {
    this.#finished = true;
    if (this.#chunks.length === 0) this.#controller?.close();
    this.#wake?.();
  }

  /** Fails the stream; chunks that are not read yet are dropped. */
  fail(error: unknown): void {
    if (this.#finished && this.#chunks.length === 0) return;
    this.#finished = true;
    this.#chunks.length = 0;
    this.#controller?.error(error);
    this.#wake?.();
  }

  async #pull(): Promise<void> {
    if (this.#chunks.length === 0 && !this.#finished) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    const bytes = this.#chunks.shift();
    if (bytes === undefined) return;
    this.#controller?.enqueue(bytes);
    if (!this.#finished) this.#source.credit();
    else if (this.#chunks.length === 0) this.#controller?.close();
  }
}
