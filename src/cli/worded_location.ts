import type { ArchiveFormat } from "../archive/detect.ts";

/** What a user says with one of skopeo's words in front of a path. */
export type WordedLocation =
  & {
    /** The one image in it. */
    readonly name?: string;
  }
  & (
    | { readonly kind: "stream"; readonly format: ArchiveFormat }
    | {
      readonly kind: "archive";
      readonly path: string;
      readonly format: ArchiveFormat;
    }
    | { readonly kind: "layout"; readonly path: string }
  );

/** A word and what stands behind it. */
export interface SplitWord {
  /** The word; empty where there is none. */
  readonly word: string;
  /** The rest. */
  readonly rest: string;
}

/** Takes `WORD:REST` apart. */
export function splitWord(text: string): SplitWord {
  const [, word = "", rest = ""] = /^([a-z-]+):(.+)$/s.exec(text) ?? [];
  return { word, rest };
}

/**
 * Reads `docker-archive:FILE[:NAME]`, `oci-archive:FILE[:NAME]` and
 * `oci:DIR[:NAME]`; `-` for a file is a stream.
 *
 * @returns `undefined` for every other word
 * @see https://github.com/containers/image/blob/main/docs/containers-transports.5.md
 */
export async function locateWorded(
  { word, rest }: SplitWord,
): Promise<WordedLocation | undefined> {
  if (word === "oci") return { kind: "layout", ...await splitName(rest) };
  if (word !== "docker-archive" && word !== "oci-archive") return undefined;
  const { path, ...named } = await splitName(rest);
  return path === "-"
    ? { kind: "stream", format: word, ...named }
    : { kind: "archive", path, format: word, ...named };
}

/** Takes `FILE[:NAME]` apart; a file that has a colon in its name wins. */
async function splitName(
  text: string,
): Promise<{ readonly path: string; readonly name?: string }> {
  if (await isPath(text)) return { path: text };
  const [, path = text, name] =
    /^((?:[A-Za-z]:[\\/])?[^:]*)(?::(.+))?$/s.exec(text) ?? [];
  return { path, ...name !== undefined && { name } };
}

/**
 * Tells whether something is under a path. What must not be looked at is there:
 * opening it tells the reason.
 */
export async function isPath(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    return error instanceof Deno.errors.PermissionDenied;
  }
}
