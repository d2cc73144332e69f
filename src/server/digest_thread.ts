import { startWorker } from "../content/worker_threads.ts";
import type { Digest, DigestAlgorithm } from "../oci/digest.ts";
import type { DigestOrder, DigestReport } from "./digest_protocol.ts";

/** Bytes that are told of at once, for a message costs as much as thousands. */
const STEP = 4 * 1024 * 1024;

/** The digest of a file that grows. */
export interface FileDigest {
  /** Which digest it is. */
  readonly algorithm: DigestAlgorithm;
  /** Tells that the bytes before an offset are in the file, to stay. */
  advance(end: number): void;
  /**
   * Returns the digest of the whole file; to be called once, at the end.
   *
   * @throws {Error} when the file cannot be read
   */
  finish(): Promise<Digest>;
  /** Gives the digest up. */
  drop(): void;
}

type Outcome = PromiseWithResolvers<Digest>;

/** One worker thread and the files that it digests. */
export class DigestThread {
  readonly #worker: Worker;
  readonly #running = new Map<number, Outcome>();
  #nextId = 0;

  /**
   * Starts a thread.
   *
   * @param onCrash called when the thread is gone; its digests fail then
   */
  constructor(module: URL, onCrash: (thread: DigestThread) => void) {
    this.#worker = startWorker<DigestReport>(module, {
      name: "digests",
      onReport: (report) => this.#receive(report),
      onCrash: (reason) => {
        onCrash(this);
        this.close(`the worker thread failed: ${reason}`);
      },
    });
  }

  /** Number of files that the thread digests. */
  get load(): number {
    return this.#running.size;
  }

  /** Starts on one more file, which may be empty yet. */
  start(path: string, algorithm: DigestAlgorithm): FileDigest {
    const id = this.#nextId++;
    const outcome = Promise.withResolvers<Digest>();
    // Whoever finishes awaits it; until then its failure is not unhandled.
    outcome.promise.catch(() => undefined);
    this.#running.set(id, outcome);
    this.#order({ type: "start", id, path, algorithm });
    let told = 0;
    return {
      algorithm,
      advance: (end) => {
        if (end - told < STEP) return;
        told = end;
        this.#order({ type: "advance", id, end });
      },
      finish: () => {
        this.#order({ type: "finish", id });
        return outcome.promise;
      },
      drop: () => {
        if (this.#running.delete(id)) this.#order({ type: "drop", id });
      },
    };
  }

  /** Ends the thread; digests that are not finished fail. */
  close(reason: string): void {
    this.#worker.terminate();
    for (const { reject } of this.#running.values()) {
      reject(digestError(reason));
    }
    this.#running.clear();
  }

  #order(order: DigestOrder): void {
    this.#worker.postMessage(order);
  }

  #receive(report: DigestReport): void {
    const outcome = this.#running.get(report.id);
    this.#running.delete(report.id);
    if (report.type === "done") return outcome?.resolve(report.digest);
    outcome?.reject(digestError(report.reason));
  }
}

/** Makes the error for a digest that cannot be had. */
export function digestError(reason: string): Error {
  return new Error(`Cannot digest an upload: ${reason}`);
}
