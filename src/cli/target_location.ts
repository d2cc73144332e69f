import { UsageError } from "./usage_error.ts";
import {
  locateWorded,
  splitWord,
  type WordedLocation,
} from "./worded_location.ts";

/** Where images go on this host, as the user said it. */
export type TargetLocation =
  /** A file, a folder or the standard output, and what it becomes. */
  | WordedLocation
  | {
    /** The local engine. */
    readonly kind: "engine";
    /** What the one image is called there, where the user said it. */
    readonly name?: string;
  };

/** Endings of archives that are compressed as a whole, which are not written. */
const COMPRESSED = /\.(?:tgz|tar\.[a-z0-9]+|gz|zst|xz|bz2)$/;

/**
 * Recognises what a user typed as a target on this host: skopeo's words in
 * front of a path, `-` for the standard output, a path that ends in `.tar` or
 * `/`, or one that is there.
 *
 * @returns `undefined` when it is none of these, but may be an image's name
 * @throws {UsageError} when it is a path, but not one to write images to
 */
export async function locateTarget(
  text: string,
): Promise<TargetLocation | undefined> {
  if (text === "-") return { kind: "stream", format: "docker-archive" };
  const words = splitWord(text);
  if (words.word === "docker-daemon") {
    return { kind: "engine", name: words.rest };
  }
  return await locateWorded(words) ?? await locatePath(text);
}

async function locatePath(text: string): Promise<TargetLocation | undefined> {
  if (text.endsWith("/") || await isDirectory(text)) {
    return { kind: "layout", path: text };
  }
  if (text.endsWith(".tar")) {
    return { kind: "archive", path: text, format: "docker-archive" };
  }
  if (COMPRESSED.test(text)) {
    throw new UsageError(
      `Cannot write "${text}": archives are not compressed as a whole, for their layers are`,
      { recommendation: "Choose a name that ends in .tar" },
    );
  }
  if (!/^[./~]/.test(text)) return undefined;
  throw new UsageError(
    `Cannot write "${text}": it is not said what it should become`,
    {
      recommendation:
        `Say it: docker-archive:${text}, oci-archive:${text} or oci:${text}`,
    },
  );
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    if (error instanceof Deno.errors.NotADirectory) return false;
    // Opening it tells the reason.
    if (error instanceof Deno.errors.PermissionDenied) return false;
    throw error;
  }
}
