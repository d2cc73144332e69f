import { ArchiveError } from "./archive_error.ts";
import { decompressBzip2 } from "./bzip2_decoder.ts";
import type { LayerFormat } from "./layer_format.ts";
import { RecordedReader } from "./recorded_reader.ts";
import { createStreamDecoder } from "./stream_decoder.ts";
import { decompressXz } from "./xz_decoder.ts";

/** How a whole file is compressed. */
export type FileCompression = Exclude<LayerFormat, "plain">;

/** Options for {@linkcode decompress}. */
export interface DecompressOptions {
  /** How the stream is compressed. */
  readonly compression: FileCompression;
  /** What is read, as the user named it, for messages. */
  readonly location: string;
}

/**
 * Bytes that are decoded before what comes out is handed on. Of these, gzip
 * makes at most 16 MiB and zstd 32 MiB, whatever is put in.
 */
const INPUT_SIZE = { gzip: 16 * 1024, zstd: 1024 };

/**
 * Decompresses a stream without tools of the host. All members, frames and
 * streams that follow each other are read; the result is checked by the sums
 * inside.
 *
 * The stream that is returned fails with an {@linkcode ArchiveError} when the
 * data is damaged or truncated, or followed by something else.
 */
export function decompress(
  stream: ReadableStream<Uint8Array>,
  options: DecompressOptions,
): ReadableStream<Uint8Array> {
  const input = new RecordedReader(stream);
  const pieces = decompressed(input, options);
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await pieces.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel(reason) {
      // First, so that a read that waits for bytes comes to its end.
      await input.cancel(reason);
      await pieces.return(undefined);
    },
  }, { highWaterMark: 0 });
}

async function* decompressed(
  input: RecordedReader,
  { compression, location }: DecompressOptions,
): AsyncGenerator<Uint8Array, void> {
  try {
    yield* decode(input, compression);
  } catch (error) {
    // What failed before decompression is no fault of the archive.
    if (input.failure !== undefined) throw input.failure;
    const reason = error instanceof Error ? error.message : String(error);
    throw new ArchiveError(
      location,
      `its ${compression} data cannot be decompressed: ${reason}`,
      { cause: error },
    );
  } finally {
    await input.cancel();
  }
}

function decode(
  input: AsyncIterable<Uint8Array>,
  compression: FileCompression,
): AsyncGenerator<Uint8Array> {
  if (compression === "xz") return decompressXz(input);
  if (compression === "bzip2") return decompressBzip2(input);
  return decompressZlib(input, compression);
}

async function* decompressZlib(
  input: AsyncIterable<Uint8Array>,
  format: "gzip" | "zstd",
): AsyncGenerator<Uint8Array> {
  const step = INPUT_SIZE[format];
  let output: Uint8Array[] = [];
  const decoder = createStreamDecoder(format, (bytes) => output.push(bytes));
  try {
    for await (const bytes of input) {
      for (let start = 0; start < bytes.length; start += step) {
        await decoder.write(bytes.subarray(start, start + step));
        yield* output;
        output = [];
      }
    }
    await decoder.end();
    yield* output;
  } finally {
    decoder.close();
  }
}
