import type { TransferLoad } from "./transfer_load.ts";

/** A part of a file that is sent to a client. */
export interface FileRange {
  /** The file, which is closed when the range is sent. */
  readonly file: Deno.FsFile;
  /** First byte. */
  readonly start: number;
  /** Number of bytes. */
  readonly length: number;
}

/** Options for {@linkcode streamFile}. */
export interface FileStreamOptions {
  /** Says how much memory to use. */
  readonly load: TransferLoad;
  /** Milliseconds after which a client that takes nothing is given up. */
  readonly idleTimeout: number;
  /** Called once at the end, with the bytes that were passed on. */
  readonly onEnd: (bytes: number, failure?: unknown) => void;
}

/** Returns a part of a file as a stream that closes the file at its end. */
export function streamFile(
  range: FileRange,
  options: FileStreamOptions,
): ReadableStream<Uint8Array> {
  const sender = new FileSender(range, options);
  return new ReadableStream<Uint8Array>({
    start: (controller) => sender.start(controller),
    pull: (controller) => sender.send(controller),
    cancel: (reason) => sender.end(reason ?? "cancelled"),
  }, { highWaterMark: 0 });
}

class FileSender {
  readonly #range: FileRange;
  readonly #options: FileStreamOptions;
  readonly #transfer: Disposable;
  readonly #blockSize: number;
  #timer: ReturnType<typeof setInterval> | undefined;
  #sent = 0;
  #lastPull = performance.now();
  #previous: ArrayBuffer | undefined;
  #ended = false;

  constructor(range: FileRange, options: FileStreamOptions) {
    this.#range = range;
    this.#options = options;
    this.#blockSize = options.load.blockSize;
    this.#transfer = options.load.begin();
  }

  async start(
    controller: ReadableStreamDefaultController<Uint8Array>,
  ): Promise<void> {
    const { idleTimeout } = this.#options;
    this.#timer = setInterval(() => {
      if (performance.now() - this.#lastPull < idleTimeout) return;
      const failure = new Error(
        `The client took nothing for ${idleTimeout} ms`,
      );
      this.#close(controller, failure);
    }, Math.min(idleTimeout / 4, 5000));
    const { file, start } = this.#range;
    if (start > 0) await file.seek(start, Deno.SeekMode.Start);
  }

  async send(
    controller: ReadableStreamDefaultController<Uint8Array>,
  ): Promise<void> {
    this.#lastPull = performance.now();
    // The HTTP server has its own hold on the last block. Giving up ours frees
    // it now rather than at the next garbage collection: memory stays flat.
    this.#previous?.transfer(0);
    this.#previous = undefined;
    const left = this.#range.length - this.#sent;
    if (left === 0) return this.#close(controller);
    const block = new Uint8Array(Math.min(this.#blockSize, left));
    const read = await this.#read(block, controller);
    if (this.#ended) return;
    this.#previous = block.buffer;
    this.#sent += read;
    controller.enqueue(block.subarray(0, read));
  }

  /** Closes the file and reports, once. */
  end(failure?: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    clearInterval(this.#timer);
    this.#transfer[Symbol.dispose]();
    this.#range.file.close();
    this.#options.onEnd(this.#sent, failure);
  }

  async #read(
    block: Uint8Array<ArrayBuffer>,
    controller: ReadableStreamDefaultController<Uint8Array>,
  ): Promise<number> {
    try {
      const read = await this.#range.file.read(block);
      if (read !== null) return read;
      throw new Error("The file is shorter than it was");
    } catch (error) {
      this.#close(controller, error);
      return 0;
    }
  }

  /**
   * Ends the answer. After a failure it has fewer bytes than `Content-Length`
   * says, so the connection breaks and the client knows; an error in the
   * stream would do the same, and be printed by the runtime.
   */
  #close(
    controller: ReadableStreamDefaultController<Uint8Array>,
    failure?: unknown,
  ): void {
    if (this.#ended) return;
    this.end(failure);
    controller.close();
  }
}
