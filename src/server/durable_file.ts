import { dirname, join } from "node:path";
import { syncDirectory, writeFully } from "../content/file_access.ts";

/** Directories that are being made, so that two makers wait for one another. */
const making = new Map<string, Promise<void>>();

/**
 * Writes what is in memory under a name: the file is there whole, or not at
 * all, and it survives a loss of power once this returns.
 *
 * @param temporary directory for the half-written file, on the same file system
 */
export async function writeDurably(
  path: string,
  bytes: Uint8Array,
  temporary: string,
): Promise<void> {
  const draft = join(temporary, crypto.randomUUID());
  try {
    using file = await Deno.open(draft, { write: true, createNew: true });
    await writeFully(file, bytes);
    await file.sync();
    await publish(draft, path);
  } catch (error) {
    await removeIfThere(draft);
    throw error;
  }
}

/** Moves a file that is synced already to its final name, durably. */
export async function publish(draft: string, path: string): Promise<void> {
  await makeDirectory(dirname(path));
  await Deno.rename(draft, path);
  await syncDirectory(dirname(path));
}

/** Makes a directory and those above it, durably. */
export async function makeDirectory(path: string): Promise<void> {
  const running = making.get(path);
  if (running !== undefined) return await running;
  if (await isThere(path)) return;
  const again = making.get(path);
  if (again !== undefined) return await again;
  const made = makeMissing(path).finally(() => making.delete(path));
  making.set(path, made);
  await made;
}

async function makeMissing(path: string): Promise<void> {
  const parent = dirname(path);
  await makeDirectory(parent);
  try {
    await Deno.mkdir(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
  await syncDirectory(parent);
}

/** Tells whether a path is there. */
export async function isThere(path: string): Promise<boolean> {
  return await fileInfo(path) !== undefined;
}

/** Returns what the file system says about a path, if it is there. */
export async function fileInfo(
  path: string,
): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.stat(path);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** Reads a file, if it is there. */
export async function readIfThere(
  path: string,
): Promise<Uint8Array | undefined> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** Lists a directory in byte order; one that is absent is empty. */
export async function namesIn(path: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const entry of Deno.readDir(path)) names.push(entry.name);
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
  return names.sort();
}

/** Removes a file or a directory with all in it; tells whether it was there. */
export async function removeIfThere(path: string): Promise<boolean> {
  try {
    await Deno.remove(path, { recursive: true });
    return true;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}

/** Tells whether an error says that a path leads to nothing. */
export function isAbsent(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound ||
    error instanceof Deno.errors.NotADirectory;
}
