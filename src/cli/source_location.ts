import type { ArchiveFormat } from "../archive/detect.ts";
import { parseReference, ReferenceSyntaxError } from "../oci/reference.ts";
import { UsageError } from "./usage_error.ts";

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
  };

/** Where an explicit source is: the file, and perhaps the image in it. */
interface NamedPath {
  readonly path: string;
  readonly name?: string;
}

/**
 * Recognises what a user typed as a source: skopeo's words in front of a file,
 * `-` for the standard input, or a path. A path that exists wins.
 *
 * @throws {UsageError} when it is none of these
 * @see https://github.com/containers/image/blob/main/docs/containers-transports.5.md
 */
export async function locateSource(text: string): Promise<SourceLocation> {
  if (text === "-") return { kind: "stream" };
  if (text === "") throw new UsageError("Cannot push: the source is empty");
  if (await exists(text)) return { kind: "path", path: text };
  const [, word, rest = ""] = /^([a-z-]+):(.+)$/s.exec(text) ?? [];
  switch (word) {
    case "docker-archive":
    case "oci-archive": {
      const { path, ...named } = await splitName(rest);
      return path === "-"
        ? { kind: "stream", format: word, ...named }
        : { kind: "archive", path, format: word, ...named };
    }
    case "oci":
      return { kind: "layout", ...await splitName(rest) };
    case "docker-daemon":
      throw new UsageError(
        `Cannot read "${text}": images of an engine are not read directly`,
        { recommendation: fromEngine(rest) },
      );
    default:
      throw notFound(text);
  }
}

/** `FILE[:NAME]`; a file that has a colon in its name wins. */
async function splitName(text: string): Promise<NamedPath> {
  if (await exists(text)) return { path: text };
  const [, path = text, name] =
    /^((?:[A-Za-z]:[\\/])?[^:]*)(?::(.+))?$/s.exec(text) ?? [];
  return { path, ...name !== undefined && { name } };
}

/** What must not be looked at is there: opening it tells the reason. */
async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    return error instanceof Deno.errors.PermissionDenied;
  }
}

function notFound(text: string): UsageError {
  const message = `Cannot read "${text}": there is no such file or folder`;
  if (!looksLikeImage(text)) return new UsageError(message);
  return new UsageError(message, { recommendation: fromEngine(text) });
}

function fromEngine(name: string): string {
  return `For an image of the local engine: docker save ${name} | k8scr push -`;
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
