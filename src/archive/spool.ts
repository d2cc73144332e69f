import { join } from "node:path";
import { writeFully } from "../content/file_access.ts";
import { freeBytes } from "../content/free_space.ts";
import { quote } from "../oci/visible_text.ts";
import { releaseOutput } from "./stream_decoder.ts";
import { type OmitEntry, TarOmission, type TarPiece } from "./tar_omission.ts";

/** Options for {@linkcode spool}. */
export interface SpoolOptions {
  /** Directory for the temporary file: `$TMPDIR`. */
  readonly tempDir: string;
  /** What is read, as the user named it, for messages. */
  readonly location: string;
  /** Ends the spooling; the temporary file is deleted. */
  readonly signal?: AbortSignal;
  /** Least number of bytes that are to come, where that is known. */
  readonly expectedSize?: number;
  /** Entries whose content becomes a hole, which takes no room. Default none. */
  readonly omit?: OmitEntry;
}

/** No room for a temporary file. */
export class SpoolError extends Error {
  /** Tells this class from other errors. */
  override readonly name = "SpoolError";
  /** The directory that was to hold it. */
  readonly tempDir: string;
  /** What the user can do. */
  readonly recommendation: string;

  constructor(message: string, tempDir: string, options?: ErrorOptions) {
    super(message, options);
    this.tempDir = tempDir;
    this.recommendation =
      "Set TMPDIR to a directory with room for it, or give a file that is not compressed: it is read in place";
  }
}

/**
 * Writes a stream into a new temporary file that only the user can read. On
 * every failure the file is deleted; otherwise that is up to the caller. The
 * memory behind pieces that fill their buffers is given back.
 *
 * @returns the path of the file
 * @throws {SpoolError} when there is too little room, before anything is
 *   written where the size is known
 */
export async function spool(
  stream: ReadableStream<Uint8Array>,
  options: SpoolOptions,
): Promise<string> {
  const { tempDir, signal } = options;
  const path = join(tempDir, `k8scr-${crypto.randomUUID()}.tar`);
  let created = false;
  try {
    signal?.throwIfAborted();
    await checkRoom(options);
    using file = await create(path, options);
    created = true;
    await stream.pipeTo(fileSink(file, options), {
      ...signal && { signal },
    });
    return path;
  } catch (error) {
    if (created) await Deno.remove(path);
    // A pipe that was begun has ended the stream already.
    else await stream.cancel(error);
    throw error;
  }
}

async function create(
  path: string,
  { tempDir }: SpoolOptions,
): Promise<Deno.FsFile> {
  try {
    return await Deno.open(path, { write: true, createNew: true, mode: 0o600 });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SpoolError(
      `Cannot make a temporary file in "${tempDir}": ${reason}`,
      tempDir,
      { cause: error },
    );
  }
}

function fileSink(
  file: Deno.FsFile,
  options: SpoolOptions,
): WritableStream<Uint8Array> {
  const omission = options.omit && new TarOmission(options.omit);
  return new WritableStream({
    async write(bytes) {
      try {
        for await (const piece of omission?.pieces(bytes) ?? [bytes]) {
          await writePiece(file, piece);
        }
        releaseOutput(bytes);
      } catch (error) {
        throw isFull(error) ? fullError(options, error) : error;
      }
    },
  });
}

async function writePiece(file: Deno.FsFile, piece: TarPiece): Promise<void> {
  if (typeof piece !== "number") return await writeFully(file, piece);
  await file.seek(piece, Deno.SeekMode.Current);
}

async function checkRoom(options: SpoolOptions): Promise<void> {
  const { expectedSize, tempDir, location } = options;
  if (expectedSize === undefined) return;
  const free = await freeBytes(tempDir);
  if (free === undefined || expectedSize <= free) return;
  throw new SpoolError(
    `Cannot unpack ${
      quote(location)
    }: it needs at least ${expectedSize} bytes in "${tempDir}", which has ${free} free`,
    tempDir,
  );
}

function isFull(error: unknown): boolean {
  return error instanceof Error && "code" in error &&
    (error.code === "ENOSPC" || error.code === "EDQUOT");
}

function fullError(options: SpoolOptions, cause: unknown): SpoolError {
  return new SpoolError(
    `Cannot unpack ${quote(options.location)}: "${options.tempDir}" is full`,
    options.tempDir,
    { cause },
  );
}
