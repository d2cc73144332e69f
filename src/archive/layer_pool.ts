import { layerError, type LayerRequest, LayerThread } from "./layer_thread.ts";

/** Options for {@linkcode LayerPool}. */
export interface LayerPoolOptions {
  /**
   * Most worker threads at a time.
   *
   * @default {min(hardwareConcurrency, 4)}
   */
  readonly workers?: number;
  /** Ends all work. */
  readonly signal?: AbortSignal;
  /** The module that the threads run; another one only in tests. */
  readonly module?: URL;
}

/**
 * More threads than this are seldom faster, because the network is the limit
 * then, and each costs memory.
 */
const DEFAULT_THREADS = 4;

/**
 * Worker threads that read, hash and compress layers. A thread starts when there
 * is a layer for it; a layer never waits for another one, because threads take
 * turns between theirs.
 */
export class LayerPool {
  readonly #limit: number;
  readonly #module: URL;
  readonly #signal?: AbortSignal;
  readonly #threads = new Set<LayerThread>();
  readonly #onAbort = () => this.#end(() => this.#signal?.reason);
  #closed = false;

  /**
   * Starts nothing yet.
   *
   * @throws {RangeError} when the number of threads is not a positive whole number
   */
  constructor(options: LayerPoolOptions = {}) {
    const limit = options.workers ??
      Math.min(navigator.hardwareConcurrency, DEFAULT_THREADS);
    if (!Number.isInteger(limit) || limit < 1) {
      throw new RangeError(
        `Cannot use ${limit} worker threads: the number must be 1 or more`,
      );
    }
    this.#limit = limit;
    this.#module = options.module ??
      new URL("./layer_worker.ts", import.meta.url);
    if (options.signal === undefined) return;
    this.#signal = options.signal;
    this.#signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** Number of threads that are running. */
  get threads(): number {
    return this.#threads.size;
  }

  /**
   * Reads a layer in the thread that has the least to do. The stream fails
   * instead of ending when the layer cannot be read or lacks its diffID.
   *
   * @throws {Error} when the pool is closed or aborted
   */
  open(request: LayerRequest): ReadableStream<Uint8Array> {
    this.#signal?.throwIfAborted();
    if (this.#closed) {
      throw layerError(request, "it is closed");
    }
    return this.#choose().open(request);
  }

  /** Ends the threads; streams that are not finished fail. */
  close(): void {
    this.#closed = true;
    this.#signal?.removeEventListener("abort", this.#onAbort);
    this.#end((request) => layerError(request, "it was closed meanwhile"));
  }

  #choose(): LayerThread {
    const [least] = [...this.#threads].sort((a, b) => a.load - b.load);
    const full = this.#threads.size >= this.#limit;
    if (least !== undefined && (full || least.load === 0)) return least;
    const thread = new LayerThread(
      this.#module,
      (crashed) => this.#threads.delete(crashed),
    );
    this.#threads.add(thread);
    return thread;
  }

  #end(failure: (request: LayerRequest) => unknown): void {
    for (const thread of this.#threads) thread.close(failure);
    this.#threads.clear();
  }
}
