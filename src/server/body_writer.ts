import type { BodyReader } from "./body_reader.ts";
import { writeFully } from "./durable_file.ts";

/** Milliseconds after which bytes of a slow client go to the disk. */
const FLUSH_AFTER = 1000;

/** Where the bytes of a body go. */
export interface BodySink {
  /** The file, at the position of the first byte. */
  readonly file: Deno.FsFile;
  /** Called before bytes are written; may refuse them by throwing. */
  readonly onTake: (bytes: number) => void;
  /** Called with bytes in order, while they are being written. */
  readonly onBytes: (bytes: Uint8Array) => void;
  /** Called when bytes are in the file. */
  readonly onWritten: (bytes: number) => void;
}

/**
 * Writes a body to a file, two blocks in turn: one is filled while the other
 * is written and digested.
 */
export class BodyWriter {
  readonly #sink: BodySink;
  #block: Uint8Array<ArrayBuffer>;
  #spare: Uint8Array<ArrayBuffer>;
  #filled = 0;
  #flushed = performance.now();
  #writing: Promise<void> = Promise.resolve();

  /** Makes a writer for one body, which uses two blocks of memory. */
  constructor(sink: BodySink, blockSize: number) {
    this.#sink = sink;
    this.#block = new Uint8Array(blockSize);
    this.#spare = new Uint8Array(blockSize);
  }

  /**
   * Writes the body to its end. Whatever came before a failure of the body is
   * in the file too.
   */
  async write(body: BodyReader): Promise<void> {
    try {
      for (;;) {
        const bytes = await body.read();
        if (bytes === undefined) break;
        await this.#add(bytes);
      }
    } finally {
      await this.#flush();
      await this.#writing;
    }
  }

  async #add(bytes: Uint8Array): Promise<void> {
    let rest = bytes;
    while (rest.length > 0) {
      const part = rest.subarray(0, this.#block.length - this.#filled);
      this.#block.set(part, this.#filled);
      this.#filled += part.length;
      rest = rest.subarray(part.length);
      if (this.#filled === this.#block.length) await this.#flush();
    }
    if (performance.now() - this.#flushed > FLUSH_AFTER) await this.#flush();
  }

  async #flush(): Promise<void> {
    await this.#writing;
    this.#flushed = performance.now();
    if (this.#filled === 0) return;
    const { file, onTake, onBytes, onWritten } = this.#sink;
    const bytes = this.#block.subarray(0, this.#filled);
    // Bytes that are refused, or fail to be written, are not tried again.
    this.#filled = 0;
    onTake(bytes.length);
    [this.#block, this.#spare] = [this.#spare, this.#block];
    this.#writing = writeFully(file, bytes)
      .then(() => onWritten(bytes.length));
    // Whoever comes next awaits it; until then its failure is not unhandled.
    this.#writing.catch(() => undefined);
    onBytes(bytes);
  }
}
