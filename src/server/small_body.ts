import { ApiError } from "./api_error.ts";
import {
  BodyInterruptedError,
  BodyReader,
  type Traffic,
} from "./body_reader.ts";

/** Options for {@linkcode readSmallBody}. */
export interface SmallBodyOptions {
  /** Most bytes that are accepted. */
  readonly maxSize: number;
  /** Milliseconds without a byte after which the client is given up. */
  readonly idleTimeout: number;
  /** Counts the bytes that are read. */
  readonly traffic: Traffic;
  /** What the body is, for messages. */
  readonly what: string;
}

/**
 * Reads a body into memory.
 *
 * @throws {ApiError} 413 when it has more bytes than are accepted, 400 when
 *   the client ends it early
 */
export async function readSmallBody(
  body: ReadableStream<Uint8Array> | null,
  options: SmallBodyOptions,
): Promise<Uint8Array> {
  using reader = new BodyReader(body, options);
  const pieces: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const bytes = await readNext(reader, options);
    if (bytes === undefined) return joined(pieces, size);
    size += bytes.length;
    if (size > options.maxSize) throw tooLarge(options);
    pieces.push(bytes.slice());
  }
}

async function readNext(
  reader: BodyReader,
  { what }: SmallBodyOptions,
): Promise<Uint8Array | undefined> {
  try {
    return await reader.read();
  } catch (error) {
    if (!(error instanceof BodyInterruptedError)) throw error;
    throw new ApiError(
      400,
      "SIZE_INVALID",
      `Cannot read ${what}: the client ended it early`,
      { cause: error },
    );
  }
}

function joined(pieces: readonly Uint8Array[], size: number): Uint8Array {
  const whole = new Uint8Array(size);
  let filled = 0;
  for (const piece of pieces) {
    whole.set(piece, filled);
    filled += piece.length;
  }
  return whole;
}

function tooLarge({ maxSize, what }: SmallBodyOptions): ApiError {
  return new ApiError(
    413,
    "SIZE_INVALID",
    `Cannot accept ${what}: it has more than ${maxSize} bytes`,
  );
}
