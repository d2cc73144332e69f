import { ApiError } from "./api_error.ts";
import { type ByteSource, byteSource } from "./byte_source.ts";

/** Counts what a request moves. */
export interface Traffic {
  /** Bytes of the request body that were read. */
  received: number;
}

/** Options for {@linkcode BodyReader}. */
export interface BodyReaderOptions {
  /** Milliseconds after which a client that hardly sends is given up. */
  readonly idleTimeout: number;
  /** Most bytes that one read returns. Default 64 KiB. */
  readonly memorySize?: number;
  /** Ends the reading; what was read so far counts. */
  readonly signal?: AbortSignal;
  /** Counts the bytes that are read. */
  readonly traffic?: Traffic;
}

/** Why a body ended before its end. */
export class BodyInterruptedError extends Error {
  /** Tells this error from others. */
  override readonly name = "BodyInterruptedError";
}

const DEFAULT_MEMORY = 64 * 1024;
/**
 * Bytes that have to come within the idle timeout, unless the body ends: a
 * client that sends one now and then would hold the server as well as one that
 * sends none.
 */
const LEAST_PROGRESS = 64 * 1024;
/** Milliseconds between two looks at a client that may be too slow. */
const CHECK_INTERVAL = 5000;

/**
 * Reads a request body in memory that is used again and again: memory stays
 * flat however large the body is.
 */
export class BodyReader implements Disposable {
  readonly #source: ByteSource | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #traffic: Traffic | undefined;
  readonly #timer: ReturnType<typeof setInterval> | undefined;
  readonly #stop: () => void;
  #lastProgress = performance.now();
  #read = 0;
  #failure: Error | undefined;

  /** Takes the body of a request, which may be empty. */
  constructor(
    body: ReadableStream<Uint8Array> | null,
    options: BodyReaderOptions,
  ) {
    const { idleTimeout, memorySize = DEFAULT_MEMORY, signal } = options;
    this.#source = body === null ? undefined : byteSource(body, memorySize);
    this.#signal = signal;
    this.#traffic = options.traffic;
    this.#stop = () => this.#fail(new BodyInterruptedError("Stopped"));
    if (this.#source === undefined) return;
    signal?.addEventListener("abort", this.#stop);
    if (signal?.aborted) this.#stop();
    this.#timer = setInterval(
      () => this.#checkIdle(idleTimeout),
      Math.min(idleTimeout / 4, CHECK_INTERVAL),
    );
  }

  /**
   * Reads the next bytes, which are good until the read after the next.
   *
   * @returns `undefined` at the end of the body
   * @throws {BodyInterruptedError} when the client or the signal ends it early
   * @throws {ApiError} 408 when the client sends next to nothing for too long
   */
  async read(): Promise<Uint8Array | undefined> {
    const bytes = await this.#next();
    if (this.#failure !== undefined) throw this.#failure;
    if (bytes !== undefined) this.#count(bytes.length);
    return bytes;
  }

  /** Lets go of the body, whose rest another may read. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#signal?.removeEventListener("abort", this.#stop);
    this.#source?.release();
  }

  async #next(): Promise<Uint8Array | undefined> {
    try {
      return await this.#source?.read();
    } catch (error) {
      throw this.#failure ??
        new BodyInterruptedError("The client closed the connection", {
          cause: error,
        });
    }
  }

  #count(bytes: number): void {
    if (this.#traffic !== undefined) this.#traffic.received += bytes;
    this.#read += bytes;
    if (this.#read < LEAST_PROGRESS) return;
    this.#read = 0;
    this.#lastProgress = performance.now();
  }

  #checkIdle(idleTimeout: number): void {
    if (performance.now() - this.#lastProgress < idleTimeout) return;
    this.#fail(
      new ApiError(
        408,
        "BLOB_UPLOAD_INVALID",
        `Cannot go on with the request: fewer than ${LEAST_PROGRESS} bytes came in ${idleTimeout} ms`,
      ),
    );
  }

  #fail(failure: Error): void {
    this.#failure ??= failure;
    // Ends a read that waits; it then throws the failure.
    this.#source?.cancel(failure).catch(() => undefined);
  }
}
