/** Options for {@linkcode lockFile}. */
export interface FileLockOptions {
  /**
   * Whether nobody else may have a lock on the file.
   *
   * @default {true}
   */
  readonly exclusive?: boolean;
  /** Ends the wait. */
  readonly signal?: AbortSignal;
}

/**
 * Waits until no other process has an open file locked, and locks it; whoever
 * closes the file gives the lock back. The operating system takes it back when
 * the process ends, in whatever way it ends.
 */
export async function lockFile(
  file: Deno.FsFile,
  { exclusive = true, signal }: FileLockOptions = {},
): Promise<void> {
  signal?.throwIfAborted();
  const locked = file.lock(exclusive);
  if (signal === undefined) return await locked;
  const aborted = Promise.withResolvers<never>();
  const stop = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", stop);
  try {
    await Promise.race([locked, aborted.promise]);
  } catch (error) {
    // The caller closes the file; the lock may still come, to nobody.
    locked.catch(() => {});
    throw error;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/**
 * Locks an open file, and tells whether it was free. Deno 2.6 has no
 * `tryLock()`, so a lock that takes too long is given up.
 *
 * @param timeout milliseconds to wait for another process to let go
 */
export async function lockWithin(
  file: Deno.FsFile,
  timeout: number,
  options: Pick<FileLockOptions, "exclusive"> = {},
): Promise<boolean> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), timeout);
  try {
    await lockFile(file, { ...options, signal: late.signal });
    return true;
  } catch (error) {
    if (late.signal.aborted) return false;
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
