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
  readonly #module: URL;
  readonly #threads = new Set<DigestThread>();
  #closed = false;

  /** Starts nothing yet. */
  constructor(options: DigestPoolOptions = {}) {
    this.#module = options.module ??
      new URL("./digest_worker.ts", import.meta.url);
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
    return this.#choose().start(path, algorithm);
  }

  /** Ends the threads; digests that are not finished fail. */
  close(): void {
    this.#closed = true;
    for (const thread of this.#threads) thread.close("the registry is closed");
    this.#threads.clear();
  }

  #choose(): DigestThread {
    const [least] = [...this.#threads].sort((a, b) => a.load - b.load);
    const full = this.#threads.size >= MAX_THREADS;
    if (least !== undefined && (full || least.load === 0)) return least;
    const thread = new DigestThread(
      this.#module,
      (crashed) => this.#threads.delete(crashed),
    );
    this.#threads.add(thread);
    return thread;
  }
}
