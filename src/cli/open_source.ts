import { basename, resolve } from "node:path";
import { openDockerArchive } from "../archive/docker_archive.ts";
import {
  type ArchiveInput,
  openImageArchive,
} from "../archive/open_archive.ts";
import type { ImageSource } from "../content/image_source.ts";
import { openLayout } from "../layout/layout_source.ts";
import { isRepository } from "../oci/reference.ts";
import { type EngineSourceOptions, openEngineSource } from "./engine_source.ts";
import type { Io } from "./io.ts";
import type { SourceLocation } from "./source_location.ts";
import { UsageError } from "./usage_error.ts";

/** Options for {@linkcode openSource}. */
export interface OpenSourceOptions extends EngineSourceOptions {
  /** For the standard input, temporary files and the end of it all. */
  readonly io: Pick<
    Io,
    "env" | "stdin" | "stdinIsTerminal" | "tempDir" | "signal"
  >;
}

/**
 * Opens the source that a location stands for. A stream, and a file that is
 * compressed as a whole, are spooled first; an image of an engine is when it is
 * first asked for.
 *
 * @throws {ArchiveError} when there is no image archive
 * @throws {LayoutError} when there is no image layout
 * @throws {EngineError} when the engine has no such image
 * @throws {EngineConnectionError} when no engine answers
 * @throws {UsageError} when the standard input is a terminal
 */
export async function openSource(
  location: SourceLocation,
  options: OpenSourceOptions,
): Promise<ImageSource> {
  const { io, encoding } = options;
  if (location.kind === "engine") {
    return await openEngineSource(location, options);
  }
  const { kind, format } = location;
  if (kind === "layout") return await openLayout(location.path);
  return await openImageArchive(inputOf(location, io), {
    tempDir: io.tempDir,
    signal: io.signal,
    docker: (tar) => openDockerArchive(tar, { ...encoding, signal: io.signal }),
    ...format !== undefined && { format },
  });
}

/**
 * Returns the repository for images of which the source knows only a tag: the
 * name of the file or folder, where it can be one.
 */
export function fallbackRepository(
  location: SourceLocation,
): string | undefined {
  if (!("path" in location)) return undefined;
  const name = basename(resolve(location.path)).toLowerCase()
    .replace(/\.(?:gz|zst|xz|bz2)$/, "")
    .replace(/\.(?:tar|tgz|oci)$/, "");
  return isRepository(name) ? name : undefined;
}

function inputOf(
  location: Exclude<SourceLocation, { kind: "layout" | "engine" }>,
  io: OpenSourceOptions["io"],
): ArchiveInput {
  if (location.kind !== "stream") return { path: location.path };
  if (io.stdinIsTerminal) {
    throw new UsageError(
      "Cannot read an image from the standard input: it is a terminal",
      {
        recommendation:
          "Pipe an archive into it: docker save NAME | k8scr push -",
      },
    );
  }
  return { stream: io.stdin, name: "standard input" };
}
