import type { ImageSource } from "../content/image_source.ts";
import { openFileRange } from "../layout/file_range.ts";
import { openLayout } from "../layout/layout_source.ts";
import { ArchiveError } from "./archive_error.ts";
import { decompress } from "./decompress.ts";
import { type ArchiveFormat, detectFormat } from "./detect.ts";
import { refuseOthers } from "./file_head.ts";
import { openOciArchive } from "./oci_archive.ts";
import { peekStream } from "./peek_stream.ts";
import { spool } from "./spool.ts";
import { openTar, type TarArchive } from "./tar_archive.ts";
import type { OmitEntry } from "./tar_omission.ts";
import {
  FILE_HEAD_SIZE,
  leastUnpackedSize,
  sniffCompression,
} from "./whole_file.ts";

/** Where an image archive comes from. */
export type ArchiveInput =
  | {
    /** A file, a layout directory, or a pipe that has a path. */
    readonly path: string;
  }
  | {
    /** A stream, such as standard input. */
    readonly stream: ReadableStream<Uint8Array>;
    /** What it is called in messages. */
    readonly name: string;
    /** Least number of its bytes, where that is known. */
    readonly expectedSize?: number;
  };

/** Options for {@linkcode openImageArchive}. */
export interface OpenArchiveOptions {
  /** Directory for what must be spooled: `$TMPDIR`. */
  readonly tempDir: string;
  /** Opens a docker-archive; the source that it returns closes the tar. */
  readonly docker: (tar: TarArchive) => Promise<ImageSource>;
  /** Ends the spooling. */
  readonly signal?: AbortSignal;
  /** The format, where the user says it; default what the content shows. */
  readonly format?: ArchiveFormat;
  /**
   * Entries that need not be kept when the archive is spooled: they are there,
   * but their bytes are zeros. Default none.
   */
  readonly omit?: OmitEntry;
}

/**
 * Opens an image archive, or an OCI layout directory. A tar file is read in
 * place; what is compressed as a whole, or cannot be sought, is spooled once.
 * Temporary files are deleted when the source is closed, and on every failure.
 *
 * @throws {ArchiveError} when there is no image archive
 * @throws {LayoutError} when a directory, or the layout in an archive, is none
 * @throws {SpoolError} when there is no room for a temporary file
 */
export async function openImageArchive(
  input: ArchiveInput,
  options: OpenArchiveOptions,
): Promise<ImageSource> {
  if ("stream" in input) {
    return await openView(await openStream(input, options), options);
  }
  const { path } = input;
  const info = await attempt(path, () => Deno.stat(path));
  if (info.isDirectory) {
    if (options.format === undefined) return await openLayout(path);
    throw new ArchiveError(path, "it is a directory, not an archive");
  }
  const tar = info.isFile
    ? await openFile(path, options)
    : await openPipe(path, options);
  return await openView(tar, options);
}

async function openView(
  tar: TarArchive,
  options: OpenArchiveOptions,
): Promise<ImageSource> {
  try {
    const format = options.format ?? await detectFormat(tar);
    return format === "oci-archive"
      ? await openOciArchive(tar)
      : await options.docker(tar);
  } catch (error) {
    await tar.close();
    throw error;
  }
}

async function openFile(
  path: string,
  options: OpenArchiveOptions,
): Promise<TarArchive> {
  const head = await attempt(path, () => readHead(path));
  const compression = sniffCompression(head);
  if (compression === undefined) {
    refuseOthers(head, path);
    return await openTar(path);
  }
  const { size } = await Deno.stat(path);
  const stream = await openFileRange({ path, offset: 0, size }, {
    endsEarly: () => new ArchiveError(path, "it was changed while it was read"),
  });
  const expectedSize = await leastUnpackedSize(path, compression);
  const unpacked = decompress(stream, { compression, location: path });
  return await openSpooled(unpacked, {
    ...options,
    location: path,
    ...expectedSize !== undefined && { expectedSize },
  });
}

/** A named pipe, or what a shell makes of `<(docker save IMAGE)`. */
async function openPipe(
  path: string,
  options: OpenArchiveOptions,
): Promise<TarArchive> {
  const file = await attempt(path, () => Deno.open(path, { read: true }));
  return await openStream({ stream: file.readable, name: path }, options);
}

async function openStream(
  input: Extract<ArchiveInput, { readonly name: string }>,
  options: OpenArchiveOptions,
): Promise<TarArchive> {
  const location = input.name;
  // A stream that nobody feeds must end with the signal too.
  const live = input.stream.pipeThrough(new TransformStream(), {
    ...options.signal && { signal: options.signal },
  });
  const { head, stream } = await attempt(
    location,
    () => peekStream(live, FILE_HEAD_SIZE),
  );
  const compression = sniffCompression(head);
  const unpacked = compression === undefined
    ? stream
    : decompress(stream, { compression, location });
  const { expectedSize } = input;
  return await openSpooled(unpacked, {
    ...options,
    location,
    ...expectedSize !== undefined && { expectedSize },
  });
}

async function openSpooled(
  stream: ReadableStream<Uint8Array>,
  options: OpenArchiveOptions & {
    readonly location: string;
    readonly expectedSize?: number;
  },
): Promise<TarArchive> {
  const { location } = options;
  const peeked = await peekStream(stream, FILE_HEAD_SIZE);
  try {
    refuseOthers(peeked.head, location);
  } catch (error) {
    await peeked.stream.cancel(error);
    throw error;
  }
  const path = await spool(peeked.stream, options);
  return await openTar(path, { location, deleteOnClose: true });
}

async function readHead(path: string): Promise<Uint8Array> {
  using file = await Deno.open(path, { read: true });
  const head = new Uint8Array(FILE_HEAD_SIZE);
  return head.subarray(0, await file.read(head) ?? 0);
}

async function attempt<T>(path: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) {
      throw new ArchiveError(path, "there is no such file", { cause });
    }
    if (cause instanceof Deno.errors.PermissionDenied) {
      throw new ArchiveError(path, "permission denied", { cause });
    }
    if (cause instanceof Deno.errors.IsADirectory) {
      throw new ArchiveError(path, "it is a directory", { cause });
    }
    throw cause;
  }
}
