import { ThreadSet } from "../content/worker_threads.ts";
import { encodeLayer } from "./encoded_layer.ts";
import type { LayerEncoding } from "./layer_compression.ts";
import type { LayerSkip } from "./layer_protocol.ts";
import {
  type BlockRequest,
  layerError,
  type LayerRequest,
  LayerThread,
} from "./layer_thread.ts";

/** A layer and how it is sent, for {@linkcode LayerPool.open}. */
export interface EncodedLayerRequest extends LayerRequest {
  /** How it is encoded, unless it is sent as it is stored. */
  readonly encoding: LayerEncoding;
  /** What of the output is not wanted. */
  readonly skip: LayerSkip;
  /** Called for every block that is encoded, with its encoded size. */
  readonly onBlock?: (index: number, size: number) => void;
}

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

/** Blocks of all layers that are encoded or wait to be fetched. */
const BLOCKS_IN_FLIGHT = 4;

/**
 * Worker threads that read, hash and compress layers. A thread starts when there
 * is work for it; a layer never waits for another one, because threads take
 * turns between theirs. One thread reads a layer, since a digest is made byte
 * after byte, and all of them compress its blocks: so they end at once, whether
 * the layers are many or one.
 */
export class LayerPool {
  readonly #signal?: AbortSignal;
  readonly #threads: ThreadSet<LayerThread>;
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
    const module = options.module ??
      new URL("./layer_worker.ts", import.meta.url);
    this.#threads = new ThreadSet(
      limit,
      (onCrash) => new LayerThread(module, onCrash),
    );
    if (options.signal === undefined) return;
    this.#signal = options.signal;
    this.#signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** Number of threads that are running. */
  get threads(): number {
    return this.#threads.size;
  }

  /**
   * Reads a layer in the thread that has the least to read. The stream fails
   * instead of ending when the layer cannot be read or lacks its diffID.
   *
   * @throws {Error} when the pool is closed or aborted
   */
  open(request: EncodedLayerRequest): ReadableStream<Uint8Array> {
    this.#throwIfClosed(request);
    const { job, location, entry, encoding, skip } = request;
    const layer = { job, location, entry };
    const thread = this.#threads.choose(({ layers }) => layers);
    const isStored = job.format === "gzip" || job.format === "zstd";
    if (isStored || encoding.compression === "none") {
      return thread.open(layer, skip.bytes);
    }
    return encodeLayer(thread.open(layer), {
      ...request,
      encode: (bytes) => this.#encode({ layer, bytes, encoding }),
      blocksInFlight: () => this.#blocksInFlight(),
    });
  }

  /** Ends the threads; streams that are not finished fail. */
  close(): void {
    this.#closed = true;
    this.#signal?.removeEventListener("abort", this.#onAbort);
    this.#end((request) => layerError(request, "it was closed meanwhile"));
  }

  #throwIfClosed(request: LayerRequest): void {
    this.#signal?.throwIfAborted();
    if (this.#closed) throw layerError(request, "it is closed");
  }

  #encode(block: BlockRequest): Promise<Uint8Array<ArrayBuffer>> {
    this.#throwIfClosed(block.layer);
    return this.#threads.choose(({ blocks }) => blocks).encode(block);
  }

  /** Several layers together keep the threads as busy as one alone does. */
  #blocksInFlight(): number {
    const layers = [...this.#threads]
      .reduce((sum, thread) => sum + thread.layers, 0);
    return Math.ceil(BLOCKS_IN_FLIGHT / Math.max(1, layers));
  }

  #end(failure: (request: LayerRequest) => unknown): void {
    this.#threads.end((thread) => thread.close(failure));
  }
}
