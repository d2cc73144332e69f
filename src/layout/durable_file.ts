import { dirname } from "node:path";
import { syncDirectory, writeFully } from "../content/file_access.ts";

/**
 * Writes what is in memory under a name: the file is there whole, or as it was
 * before, and it survives a loss of power once this returns.
 *
 * @param draft path for the half-written file, on the same file system
 */
export async function writeDurably(
  path: string,
  bytes: Uint8Array,
  draft: string,
): Promise<void> {
  await namingFaults(path, async () => {
    {
      using file = await Deno.open(draft, {
        write: true,
        create: true,
        truncate: true,
      });
      await writeFully(file, bytes);
      await file.sync();
    }
    await publish(draft, path);
  });
}

/** Moves a file that is synced already to its final name, durably. */
export async function publish(draft: string, path: string): Promise<void> {
  await Deno.rename(draft, path);
  await syncDirectory(dirname(path));
}

/** Removes a file or a directory with all in it, if it is there. */
export async function removeIfThere(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/**
 * Names the file in the message of whatever the file system refuses.
 *
 * @throws {Error} in place of the file system's own error
 */
export async function namingFaults<T>(
  path: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isFileFault(error)) throw error;
    throw new Error(`Cannot write "${path}": ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

/** Errors of the operating system carry its code. */
function isFileFault(error: unknown): error is Error & { code: string } {
  return error instanceof Error && "code" in error &&
    typeof error.code === "string" && /^E[A-Z]+$/.test(error.code);
}

function reasonOf(error: Error & { code: string }): string {
  if (error.code === "ENOSPC") return "there is no room left";
  if (error.code === "EDQUOT") return "the quota is used up";
  return error.message;
}
