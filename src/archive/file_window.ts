import { readAt } from "../content/file_access.ts";

/** Read when the last read led somewhere else: enough for a few headers. */
const SHORT_READ = 4 * 1024;

/** Read when one read follows the other, as in a tar of many small files. */
const LONG_READ = 256 * 1024;

/**
 * Reads small pieces of a file at rising offsets. It reads ahead where pieces
 * are close together, and little where they are far apart, so that the headers
 * of large entries cost next to nothing.
 */
export class FileWindow {
  /** The number of bytes of the file. */
  readonly size: number;
  readonly #file: Deno.FsFile;
  #start = 0;
  #bytes = new Uint8Array();

  constructor(file: Deno.FsFile, size: number) {
    this.#file = file;
    this.size = size;
  }

  /** Returns the bytes at `offset`; fewer than `length` only at the end. */
  async read(offset: number, length: number): Promise<Uint8Array> {
    if (!this.#holds(offset, length)) await this.#fill(offset, length);
    const from = offset - this.#start;
    return this.#bytes.subarray(from, from + length);
  }

  #holds(offset: number, length: number): boolean {
    const end = Math.min(offset + length, this.size);
    return offset >= this.#start && end <= this.#start + this.#bytes.length;
  }

  async #fill(offset: number, length: number): Promise<void> {
    const near = offset >= this.#start &&
      offset <= this.#start + this.#bytes.length + SHORT_READ;
    const wanted = Math.max(length, near ? LONG_READ : SHORT_READ);
    const left = Math.max(0, this.size - offset);
    this.#bytes = await readAt(this.#file, offset, Math.min(wanted, left));
    this.#start = offset;
  }
}
