import { statfs } from "node:fs/promises";

/**
 * Returns the bytes that a user without privileges may still write to the file
 * system of a directory; `undefined` where that cannot be told. To ask is a
 * courtesy: nobody is asked for the permission.
 */
export async function freeBytes(
  directory: string,
): Promise<number | undefined> {
  const permission = { name: "sys", kind: "statfs" } as const;
  const { state } = await Deno.permissions.query(permission);
  if (state !== "granted") return undefined;
  try {
    const { bavail, bsize } = await statfs(directory);
    return bavail * bsize;
  } catch {
    // Whoever writes there is told what is wrong with it.
    return undefined;
  }
}
