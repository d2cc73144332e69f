import { readAt, writeFully } from "../content/file_access.ts";
import { lockWithin } from "../content/file_lock.ts";

/** Milliseconds to wait for a lock: a process that was killed has none. */
const LOCK_TIMEOUT = 300;

/** A location has 8192 bytes at most, and the rest is short. */
const MAX_SIZE = 64 * 1024;

/** A small file that one process has at a time. */
export class JournalFile {
  readonly #path: string;
  readonly #file: Deno.FsFile;

  private constructor(path: string, file: Deno.FsFile) {
    this.#path = path;
    this.#file = file;
  }

  /**
   * Opens a file, makes it when it is not there, and locks it. The operating
   * system takes the lock back when the process ends, in whatever way it ends.
   *
   * @param timeout milliseconds to wait for the lock
   * @returns `undefined` when another process has it
   */
  static async lock(
    path: string,
    timeout: number = LOCK_TIMEOUT,
  ): Promise<JournalFile | undefined> {
    const file = await Deno.open(path, {
      read: true,
      write: true,
      create: true,
      mode: 0o600,
    });
    try {
      if (await lockWithin(file, timeout)) return new JournalFile(path, file);
    } catch (error) {
      file.close();
      throw error;
    }
    file.close();
    return undefined;
  }

  /** Reads all of it. */
  async read(): Promise<string> {
    return new TextDecoder().decode(await readAt(this.#file, 0, MAX_SIZE));
  }

  /**
   * Puts a line at its beginning; it survives a loss of power once this
   * returns. The file is not replaced, for the lock is on it: a line that was
   * cut off is known by its missing end, and costs no more than the bytes that
   * would not have been sent again.
   */
  async write(line: string): Promise<void> {
    const bytes = new TextEncoder().encode(line);
    await this.#file.seek(0, Deno.SeekMode.Start);
    await writeFully(this.#file, bytes);
    await this.#file.syncData();
  }

  /** Takes the file away. */
  async remove(): Promise<void> {
    await Deno.remove(this.#path);
  }

  /** Lets another process have it. */
  close(): void {
    this.#file.close();
  }
}
