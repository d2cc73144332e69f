/** Largest piece of a request body that is handed to the transport at once. */
const SLICE_BYTES = 256 * 1024;

/** A body that is not worth draining is given up beyond so many bytes. */
const DRAIN_BYTES = 64 * 1024;

/** Options for {@linkcode sliceStream}. */
export interface SliceStreamOptions {
  /** Called with the size of each slice as the transport takes it. */
  readonly onSlice?: (bytes: number) => void;
}

/**
 * Reads a whole body through a cap.
 *
 * @param cap number of bytes that are accepted
 * @throws {RangeError} when the body is longer
 */
export async function readBody(
  response: Response,
  cap: number,
): Promise<Uint8Array> {
  const { bytes, complete } = await readUpTo(response, cap);
  if (complete) return bytes;
  throw new RangeError(
    `Cannot read the answer: it has more than ${cap} bytes`,
  );
}

/** Reads a body as text and leaves out what comes after `cap` bytes. */
export async function readTextUpTo(
  response: Response,
  cap: number,
): Promise<string> {
  const { bytes } = await readUpTo(response, cap);
  return new TextDecoder().decode(bytes);
}

/**
 * Gets rid of a body. A short one is read to its end, so that the connection
 * can serve again; a long one is cancelled.
 */
export async function discard(response: Response): Promise<void> {
  try {
    await readUpTo(response, DRAIN_BYTES);
  } catch {
    // The body is of no interest, nor is the way in which it ends.
  }
}

/**
 * Makes a request body of pieces: slices of at most 256 KiB, each made when the
 * transport asks for it.
 */
export function sliceStream(
  pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  options: SliceStreamOptions = {},
): ReadableStream<Uint8Array> {
  const slices = slicesOf(pieces);
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await slices.next();
      if (done) return controller.close();
      options.onSlice?.(value.length);
      controller.enqueue(value);
    },
    async cancel() {
      await slices.return(undefined);
    },
  }, { highWaterMark: 0 });
}

async function* slicesOf(
  pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, undefined> {
  for await (const piece of pieces) {
    for (let start = 0; start < piece.length; start += SLICE_BYTES) {
      yield piece.subarray(start, start + SLICE_BYTES);
    }
  }
}

async function readUpTo(
  response: Response,
  cap: number,
): Promise<{ bytes: Uint8Array; complete: boolean }> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of response.body ?? []) {
    const room = cap - size;
    pieces.push(piece.subarray(0, room));
    size += Math.min(piece.length, room);
    // Leaving the loop cancels the body.
    if (piece.length > room) {
      return { bytes: joinBytes(pieces), complete: false };
    }
  }
  return { bytes: joinBytes(pieces), complete: true };
}

/** Puts pieces together, one behind the other. */
export function joinBytes(pieces: readonly Uint8Array[]): Uint8Array {
  const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const piece of pieces) {
    bytes.set(piece, offset);
    offset += piece.length;
  }
  return bytes;
}
