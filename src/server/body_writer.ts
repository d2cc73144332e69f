import type { BodyReader } from "./body_reader.ts";
import { writeFully } from "../content/file_access.ts";

/** Milliseconds after which bytes of a slow client go to the disk. */
const FLUSH_AFTER = 1000;

/** Where the bytes of a body go. */
export interface BodySink {
  /** The file, at the position of the first byte. */
  readonly file: Deno.FsFile;
  /** Called before bytes are written; may refuse them by throwing. */
  readonly onTake: (bytes: number) => void;
  /** Called when bytes are in the file. */
  readonly onWritten: (bytes: number) => void;
}

/**
 * Writes a body to a file: what came last is written while more comes. Large
 * pieces are written as they are, small ones are gathered.
 */
export class BodyWriter {
  readonly #sink: BodySink;
  readonly #block: Uint8Array<ArrayBuffer>;
  #filled = 0;
  #flushed = performance.now();
  #writing: Promise<void> = Promise.resolve();

  /**
   * Makes a writer for one body.
   *
   * @param blockSize bytes that make a piece large; small ones are gathered in
   *   a block of that size
   */
  constructor(sink: BodySink, blockSize: number) {
    this.#sink = sink;
    this.#block = new Uint8Array(blockSize);
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
        // The next read goes where the piece is that is being written.
        await this.#writing;
        await this.#add(bytes);
      }
    } finally {
      await this.#writing;
      this.#flush();
      await this.#writing;
    }
  }

  async #add(bytes: Uint8Array): Promise<void> {
    if (this.#filled + bytes.length > this.#block.length) {
      this.#flush();
      await this.#writing;
    }
    if (bytes.length >= this.#block.length) return this.#start(bytes);
    this.#block.set(bytes, this.#filled);
    this.#filled += bytes.length;
    if (performance.now() - this.#flushed > FLUSH_AFTER) this.#flush();
  }

  #flush(): void {
    const bytes = this.#block.subarray(0, this.#filled);
    // Bytes that are refused, or fail to be written, are not tried again.
    this.#filled = 0;
    this.#flushed = performance.now();
    if (bytes.length > 0) this.#start(bytes);
  }

  /** Starts to write bytes, which have to stay as they are meanwhile. */
  #start(bytes: Uint8Array): void {
    const { file, onTake, onWritten } = this.#sink;
    onTake(bytes.length);
    this.#writing = writeFully(file, bytes)
      .then(() => onWritten(bytes.length));
    // Whoever comes next awaits it; until then its failure is not unhandled.
    this.#writing.catch(() => undefined);
  }
}
