import { ArchiveError } from "../archive/archive_error.ts";
import type { ArchiveFormat } from "../archive/detect.ts";
import { parseReference, ReferenceSyntaxError } from "../oci/reference.ts";
import { UsageError } from "./usage_error.ts";
import { isPath, locateWorded, splitWord } from "./worded_location.ts";

/** Where images are, as the user said it. */
export type SourceLocation =
  | {
    readonly kind: "stream";
    /** The format, where the user said it. */
    readonly format?: ArchiveFormat;
    /** The one image that was asked for. */
    readonly name?: string;
  }
  | {
    readonly kind: "archive" | "layout" | "path";
    /** The file or folder. */
    readonly path: string;
    /** The format, where the user said it. */
    readonly format?: ArchiveFormat;
    /** The one image that was asked for. */
    readonly name?: string;
  }
  | {
    readonly kind: "engine";
    /** Name or ID of the image, as the user typed it. */
    readonly image: string;
    /** Whether the user said that it is an image of an engine. */
    readonly explicit: boolean;
    /** An engine is asked for no other image. */
    readonly name?: undefined;
  };

/**
 * Recognises what a user typed as a source: skopeo's words in front of a file
 * or an image, `-` for the standard input, a path, or an image of the local
 * engine. A path that exists wins.
 *
 * @throws {ArchiveError} when it is none of these
 * @throws {UsageError} when it is empty
 */
export async function locateSource(text: string): Promise<SourceLocation> {
  if (text === "-") return { kind: "stream" };
  if (text === "") throw new UsageError("Cannot push: the source is empty");
  if (await isPath(text)) return { kind: "path", path: text };
  const words = splitWord(text);
  const worded = await locateWorded(words);
  if (worded !== undefined) return worded;
  if (words.word === "docker-daemon") {
    return { kind: "engine", image: engineImage(words.rest), explicit: true };
  }
  if (looksLikeImage(text)) {
    return { kind: "engine", image: text, explicit: false };
  }
  throw new ArchiveError(text, "there is no such file or folder");
}

/**
 * Checks the name of an image of an engine.
 *
 * @throws {ReferenceSyntaxError} when it is none
 */
function engineImage(text: string): string {
  parseReference(text);
  return text;
}

/** A path with a dot or a slash in front, or an archive's extension, is none. */
function looksLikeImage(text: string): boolean {
  if (/^[./~]|\.(?:tar|tgz|gz|zst|xz|bz2|oci)$/.test(text)) return false;
  try {
    parseReference(text);
    return true;
  } catch (error) {
    if (error instanceof ReferenceSyntaxError) return false;
    throw error;
  }
}
