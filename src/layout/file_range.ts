/** Bytes of a file that belong together: a blob, or an entry of a tar. */
export interface FileRange {
  /** The file. */
  readonly path: string;
  /** Where they start. */
  readonly offset: number;
  /** How many they are. */
  readonly size: number;
}

/** Options for {@linkcode openFileRange} and {@linkcode readFileRange}. */
export interface FileRangeOptions {
  /** Makes the error for a file that ends at `position`, inside the range. */
  readonly endsEarly: (position: number) => Error;
}

/** A few reads for each upload chunk, and little memory for each stream. */
const CHUNK_SIZE = 512 * 1024;

/**
 * Opens a range for reading. Nothing is read before it is asked for; every
 * stream has a handle of its own, so that several can be read at once.
 */
export async function openFileRange(
  range: FileRange,
  options: FileRangeOptions,
): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  const file = await openAt(range);
  const end = range.offset + range.size;
  let position = range.offset;
  let open = true;
  const close = () => {
    if (open) file.close();
    open = false;
  };
  return new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      if (range.size > 0) return;
      close();
      controller.close();
    },
    async pull(controller) {
      const buffer = new Uint8Array(Math.min(CHUNK_SIZE, end - position));
      const count = await readSome(file, buffer).catch((error) => {
        close();
        throw error;
      });
      if (count === 0) {
        close();
        throw options.endsEarly(position);
      }
      position += count;
      controller.enqueue(buffer.subarray(0, count));
      if (position < end) return;
      close();
      controller.close();
    },
    cancel: close,
  }, { highWaterMark: 0 });
}

/** Reads a whole range into memory. */
export async function readFileRange(
  range: FileRange,
  options: FileRangeOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  using file = await openAt(range);
  const bytes = new Uint8Array(range.size);
  let filled = 0;
  while (filled < bytes.length) {
    const count = await readSome(file, bytes.subarray(filled));
    if (count === 0) throw options.endsEarly(range.offset + filled);
    filled += count;
  }
  return bytes;
}

async function openAt(range: FileRange): Promise<Deno.FsFile> {
  const file = await Deno.open(range.path, { read: true });
  try {
    await file.seek(range.offset, Deno.SeekMode.Start);
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

async function readSome(
  file: Deno.FsFile,
  buffer: Uint8Array,
): Promise<number> {
  return await file.read(buffer) ?? 0;
}
