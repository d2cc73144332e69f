import type { FileRange } from "../layout/file_range.ts";
import type { BlockSource } from "./block_reader.ts";
import type { FileFingerprint } from "./layer_protocol.ts";

/** A part of a file that must not change while it is read. */
export interface FixedFileRange extends FileRange {
  /** The file as it must be. */
  readonly fingerprint: FileFingerprint;
}

/** Takes the fingerprint of a file. */
export async function fingerprintFile(path: string): Promise<FileFingerprint> {
  return fingerprintOf(await Deno.stat(path));
}

/**
 * Opens a part of a file with a handle of its own.
 *
 * @throws {Error} when the file is another one than it was
 */
export async function openFileSection(
  range: FixedFileRange,
): Promise<FileSection> {
  const file = await Deno.open(range.path);
  try {
    const { size, mtime } = fingerprintOf(await file.stat());
    const { fingerprint } = range;
    if (size !== fingerprint.size || mtime !== fingerprint.mtime) {
      throw new Error("The file was changed while it was read");
    }
    await file.seek(range.offset, Deno.SeekMode.Start);
    return new FileSection(file, range.size);
  } catch (error) {
    file.close();
    throw error;
  }
}

function fingerprintOf(info: Deno.FileInfo): FileFingerprint {
  return { size: info.size, mtime: info.mtime?.getTime() ?? 0 };
}

/** The bytes of a part of a file, from its start to its end. */
export class FileSection implements BlockSource, Disposable {
  readonly #file: Deno.FsFile;
  #left: number;

  constructor(file: Deno.FsFile, size: number) {
    this.#file = file;
    this.#left = size;
  }

  /**
   * Reads the next bytes.
   *
   * @throws {Error} when the file ends too early
   */
  async read(buffer: Uint8Array): Promise<number | null> {
    if (this.#left === 0) return null;
    const read = await this.#file.read(buffer.subarray(0, this.#left));
    if (read === null) {
      throw new Error(`The file ends ${this.#left} bytes too early`);
    }
    this.#left -= read;
    return read;
  }

  /** Yields the bytes in new buffers of at most `size` bytes. */
  async *chunks(size: number): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    while (this.#left > 0) {
      const buffer = new Uint8Array(Math.min(size, this.#left));
      const read = await this.read(buffer) ?? 0;
      yield buffer.subarray(0, read);
    }
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#file.close();
  }
}
