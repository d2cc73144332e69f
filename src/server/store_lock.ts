import { lockWithin } from "../content/file_lock.ts";
import { isThere, makeDirectory } from "./durable_file.ts";
import { dirname } from "node:path";

/** A store that another process owns. */
export class StoreLockedError extends Error {
  /** Tells this error from others. */
  override readonly name = "StoreLockedError";
  /** The file whose lock the other process holds. */
  readonly path: string;

  /** Makes the error; `owner` is the process id, or empty. */
  constructor(path: string, owner: string) {
    super(
      `Cannot open the store "${dirname(path)}": ${
        owner === "" ? "another process" : `process ${owner}`
      } owns it\nStop that process, or give this one another directory`,
    );
    this.path = path;
  }
}

const DEFAULT_TIMEOUT = 500;

/** Options for {@linkcode StoreLock.acquire}. */
export interface StoreLockOptions {
  /** Milliseconds to wait for another process to let go. Default 500. */
  readonly timeout?: number;
}

/**
 * The right to change a store, which one process has at a time. The operating
 * system takes it back when the process ends, in whatever way it ends.
 */
export class StoreLock {
  readonly #file: Deno.FsFile;

  private constructor(file: Deno.FsFile) {
    this.#file = file;
  }

  /**
   * Takes the lock.
   *
   * @throws {StoreLockedError} when another process has it
   */
  static async acquire(
    path: string,
    options: StoreLockOptions = {},
  ): Promise<StoreLock> {
    await makeDirectory(dirname(path));
    const file = await Deno.open(path, {
      read: true,
      write: true,
      create: true,
    });
    try {
      const timeout = options.timeout ?? DEFAULT_TIMEOUT;
      await lockOrRefuse(file, { timeout, path, exclusive: true });
      await file.truncate();
      await file.write(new TextEncoder().encode(`${Deno.pid}\n`));
      return new StoreLock(file);
    } catch (error) {
      file.close();
      throw error;
    }
  }

  /**
   * Takes part in a lock that keeps owners away, and writes nothing; where no
   * lock is, nobody ever owned the store, and there is nothing to keep away.
   *
   * @throws {StoreLockedError} when a process owns the store
   */
  static async share(
    path: string,
    options: StoreLockOptions = {},
  ): Promise<StoreLock | undefined> {
    if (!await isThere(path)) return undefined;
    const file = await Deno.open(path, { read: true });
    try {
      const timeout = options.timeout ?? DEFAULT_TIMEOUT;
      await lockOrRefuse(file, { timeout, path, exclusive: false });
      return new StoreLock(file);
    } catch (error) {
      file.close();
      throw error;
    }
  }

  /** Lets another process have the store. */
  release(): void {
    this.#file.close();
  }
}

interface LockWanted {
  readonly timeout: number;
  readonly path: string;
  readonly exclusive: boolean;
}

async function lockOrRefuse(
  file: Deno.FsFile,
  { timeout, path, exclusive }: LockWanted,
): Promise<void> {
  if (await lockWithin(file, timeout, { exclusive })) return;
  const owner = await Deno.readTextFile(path);
  throw new StoreLockedError(path, owner.trim());
}
