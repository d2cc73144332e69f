import { lockFile } from "../content/file_lock.ts";

/**
 * The right to change a directory, which one process of this program has at a
 * time. The operating system takes it back when the process ends, in whatever
 * way it ends.
 */
export class DirectoryLock implements Disposable {
  readonly #directory: Deno.FsFile | undefined;

  private constructor(directory: Deno.FsFile | undefined) {
    this.#directory = directory;
  }

  /** Waits until no other process has the lock, and takes it. */
  static async acquire(
    path: string,
    signal?: AbortSignal,
  ): Promise<DirectoryLock> {
    // Windows cannot open a directory.
    if (Deno.build.os === "windows") return new DirectoryLock(undefined);
    const directory = await Deno.open(path, { read: true });
    try {
      await lockFile(directory, signal && { signal });
      return new DirectoryLock(directory);
    } catch (error) {
      directory.close();
      throw error;
    }
  }

  /** Lets another process have it. */
  [Symbol.dispose](): void {
    this.#directory?.close();
  }
}
