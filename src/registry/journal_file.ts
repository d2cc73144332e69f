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
   * @returns `undefined` when another process has it
   */
  static async lock(path: string): Promise<JournalFile | undefined> {
    const file = await Deno.open(path, {
      read: true,
      write: true,
      create: true,
      mode: 0o600,
    });
    try {
      if (await lockSoon(file)) return new JournalFile(path, file);
    } catch (error) {
      file.close();
      throw error;
    }
    file.close();
    return undefined;
  }

  /** Reads all of it. */
  async read(): Promise<string> {
    const bytes = new Uint8Array(MAX_SIZE);
    let filled = 0;
    for (;;) {
      const count = await this.#file.read(bytes.subarray(filled));
      if (count === null || count === 0) break;
      filled += count;
    }
    return new TextDecoder().decode(bytes.subarray(0, filled));
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
    for (let written = 0; written < bytes.length;) {
      written += await this.#file.write(bytes.subarray(written));
    }
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

/** Deno 2.6 has no `tryLock()`, so a lock that takes too long is given up. */
async function lockSoon(file: Deno.FsFile): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), LOCK_TIMEOUT);
  const locked = file.lock(true).then(() => true);
  try {
    return await Promise.race([locked, late]);
  } finally {
    // The caller closes the file: the lock may still come, to nobody.
    locked.catch(() => undefined);
    clearTimeout(timer);
  }
}
