import { join } from "node:path";

/** More links in a row are a circle. */
const MAX_LINKS = 40;

/**
 * Finds the file of this host that a path names inside a folder which is the
 * root of another system: its links lead no further than that.
 *
 * @returns `undefined` when there is no such file
 */
export async function resolveBelow(
  root: string,
  path: string,
): Promise<string | undefined> {
  const done: string[] = [];
  const left = partsOf(path);
  for (let links = 0; left.length > 0;) {
    const part = left.shift() ?? "";
    if (part === "..") {
      done.pop();
      continue;
    }
    const host = join(root, ...done, part);
    const info = await lstat(host);
    if (info === undefined || links > MAX_LINKS) return undefined;
    if (!info.isSymlink) {
      done.push(part);
      continue;
    }
    links++;
    const target = await Deno.readLink(host);
    if (target.startsWith("/")) done.length = 0;
    left.unshift(...partsOf(target));
  }
  return join(root, ...done);
}

function partsOf(path: string): string[] {
  return path.split("/").filter((part) => part !== "" && part !== ".");
}

async function lstat(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.lstat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    if (error instanceof Deno.errors.NotADirectory) return undefined;
    throw error;
  }
}
