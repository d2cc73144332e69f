import { ThreadSet } from "../content/worker_threads.ts";
import type { DigestAlgorithm } from "../oci/digest.ts";
import { digestError, DigestThread, type FileDigest } from "./digest_thread.ts";

/** Options for {@linkcode DigestPool}. */
export interface DigestPoolOptions {
  /** The module that the threads run; another one only in tests. */
  readonly module?: URL;
}

/**
 * Most threads. Two digest more bytes than the one thread that speaks HTTP can
 * take from the network, and each costs memory.
 */
const MAX_THREADS = 2;

/**
 * Threads that digest uploads, so that one thread need not both take bytes from
 * the network and digest them. They read what was written, which the system
 * still has in memory.
 */
export class DigestPool {
  readonly #threads: ThreadSet<DigestThread>;
  #closed = false;

  /** Starts nothing yet. */
  constructor(options: DigestPoolOptions = {}) {
    const module = options.module ??
      new URL("./digest_worker.ts", import.meta.url);
    this.#threads = new ThreadSet(
      MAX_THREADS,
      (onCrash) => new DigestThread(module, onCrash),
    );
  }

  /** Number of threads that are running. */
  get threads(): number {
    return this.#threads.size;
  }

  /**
   * Starts on a file, in the thread that has the least to do.
   *
   * @throws {Error} when the pool is closed
   */
  start(path: string, algorithm: DigestAlgorithm): FileDigest {
    if (this.#closed) throw digestError("the registry is closed");
    const thread = this.#threads.choose(({ load }) => load);
    return thread.start(path, algorithm);
  }

  /** Ends the threads; digests that are not finished fail. */
  close(): void {
    this.#closed = true;
    this.#threads.end((thread) => thread.close("the registry is closed"));
  }
}
