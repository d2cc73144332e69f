import type { Transform } from "node:stream";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { ZstdFrames } from "./zstd_frames.ts";

/** Output is made in pieces of this many bytes. */
const OUTPUT_SIZE = 256 * 1024;

/** Decompresses piece by piece, and hands over what comes out. */
export interface StreamDecoder {
  /**
   * Takes the next bytes; they may be reused once it is resolved.
   *
   * @throws {Error} when they, or those before them, are damaged
   */
  write(bytes: Uint8Array): Promise<void>;

  /**
   * Hands over the rest.
   *
   * @throws {Error} when the data is damaged or truncated, or something stands
   *   behind it
   */
  end(): Promise<void>;

  /** Gives back memory; needed only where it did not come to the end. */
  close(): void;
}

/**
 * Makes a decoder of gzip (any number of members) or zstd (any number of
 * frames).
 *
 * @param onBytes called with what comes out, in order
 */
export function createStreamDecoder(
  format: "gzip" | "zstd",
  onBytes: (bytes: Uint8Array) => void,
): StreamDecoder {
  return format === "gzip"
    ? new GzipDecoder(onBytes)
    : new ZstdDecoder(onBytes);
}

/**
 * Gives back the memory behind bytes that a decoder handed over, once nobody
 * needs them or what came before them any more. Without it, the garbage
 * collector lets a hundred megabytes pile up in each thread.
 */
export function releaseOutput(bytes: Uint8Array): void {
  const { buffer, byteOffset, length } = bytes;
  // The decoder goes on filling a buffer of which this is not the last piece.
  if (byteOffset + length < buffer.byteLength) return;
  if (buffer instanceof ArrayBuffer) buffer.transfer(0);
}

/** A transform of `node:zlib` whose writes are awaited one by one. */
class ZlibStream {
  readonly #stream: Transform;
  readonly #ended: Promise<void>;
  #error?: Error;
  #reject?: (error: Error) => void;

  constructor(stream: Transform, onBytes: (bytes: Uint8Array) => void) {
    this.#stream = stream;
    stream.on("data", onBytes);
    this.#ended = new Promise((resolve) => stream.once("end", resolve));
    stream.on("error", (error: Error) => {
      this.#error = error;
      this.#reject?.(error);
    });
  }

  write(bytes: Uint8Array): Promise<void> {
    // The callback of a write that fails is not always called, the event is.
    return this.#settle((resolve) => {
      this.#stream.write(bytes, () => resolve());
    });
  }

  end(): Promise<void> {
    return this.#settle((resolve) => {
      this.#ended.then(resolve);
      this.#stream.end();
    });
  }

  close(): void {
    this.#stream.destroy();
  }

  #settle(start: (resolve: () => void) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#error !== undefined) return reject(this.#error);
      this.#reject = reject;
      start(resolve);
    });
  }
}

class GzipDecoder implements StreamDecoder {
  readonly #gunzip = createGunzip({ chunkSize: OUTPUT_SIZE });
  readonly #stream: ZlibStream;
  #written = 0;

  constructor(onBytes: (bytes: Uint8Array) => void) {
    this.#stream = new ZlibStream(this.#gunzip, onBytes);
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.#stream.write(bytes);
    this.#written += bytes.length;
  }

  async end(): Promise<void> {
    await this.#stream.end();
    // zlib ignores what follows the last member; Go, and so every container
    // runtime, does not.
    const behind = this.#written - this.#gunzip.bytesWritten;
    if (behind === 0) return;
    throw new SyntaxError(`Behind the gzip data stand ${behind} more bytes`);
  }

  close(): void {
    this.#stream.close();
  }
}

/**
 * Feeds one part at a time: the largest block fits into the output at once, so
 * damage is found while a write is going on. Deno throws what it finds later,
 * where nobody can catch it.
 */
class ZstdDecoder implements StreamDecoder {
  readonly #frames = new ZstdFrames();
  readonly #stream: ZlibStream;

  constructor(onBytes: (bytes: Uint8Array) => void) {
    this.#stream = new ZlibStream(
      createZstdDecompress({ chunkSize: OUTPUT_SIZE }),
      onBytes,
    );
  }

  async write(bytes: Uint8Array): Promise<void> {
    try {
      for (const part of this.#frames.push(bytes)) {
        await this.#stream.write(part);
      }
    } catch (error) {
      throw explainWindow(error);
    }
  }

  async end(): Promise<void> {
    this.#frames.end();
    await this.#stream.end();
  }

  close(): void {
    this.#stream.close();
  }
}

/** A window is memory: zstd itself asks for a flag before it takes so much. */
function explainWindow(error: unknown): unknown {
  if (!(error instanceof Error) || !error.message.includes("too much memory")) {
    return error;
  }
  return new SyntaxError(
    "Its window is larger than 128 MiB, which k8scr cannot read: use zstd -d --long=31 before",
    { cause: error },
  );
}
