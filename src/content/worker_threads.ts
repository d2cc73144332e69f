/** Options for {@linkcode startWorker}. */
export interface WorkerOptions<Report> {
  /** What the thread is called where its failure is shown. */
  readonly name: string;
  /** Called with each message of the thread. */
  readonly onReport: (report: Report) => void;
  /** Called with the reason when the thread, or a message of it, is lost. */
  readonly onCrash: (reason: string) => void;
}

/** Starts a thread whose failure is told, in place of ending the program. */
export function startWorker<Report>(
  module: URL,
  { name, onReport, onCrash }: WorkerOptions<Report>,
): Worker {
  const worker = new Worker(module, { type: "module", name });
  worker.onmessage = ({ data }: MessageEvent<Report>) => onReport(data);
  worker.onmessageerror = () => onCrash("a message was lost");
  worker.onerror = (event) => {
    event.preventDefault();
    onCrash(event.message);
  };
  return worker;
}

/** Threads of one kind. Each starts when there is work for it. */
export class ThreadSet<Thread> implements Iterable<Thread> {
  readonly #limit: number;
  readonly #start: (onCrash: (thread: Thread) => void) => Thread;
  readonly #threads = new Set<Thread>();

  /**
   * Starts nothing yet.
   *
   * @param limit most threads at a time
   * @param start starts one, which calls back when it is gone
   */
  constructor(
    limit: number,
    start: (onCrash: (thread: Thread) => void) => Thread,
  ) {
    this.#limit = limit;
    this.#start = start;
  }

  /** Number of threads that are running. */
  get size(): number {
    return this.#threads.size;
  }

  /** Yields the threads that are running. */
  [Symbol.iterator](): Iterator<Thread> {
    return this.#threads.values();
  }

  /**
   * Returns the thread that has the least to do; a new one, where all have
   * something to do and one more may run.
   */
  choose(loadOf: (thread: Thread) => number): Thread {
    const [least] = [...this.#threads].sort((a, b) => loadOf(a) - loadOf(b));
    const full = this.#threads.size >= this.#limit;
    if (least !== undefined && (full || loadOf(least) === 0)) return least;
    const thread = this.#start((crashed) => this.#threads.delete(crashed));
    this.#threads.add(thread);
    return thread;
  }

  /** Ends all threads. */
  end(close: (thread: Thread) => void): void {
    for (const thread of this.#threads) close(thread);
    this.#threads.clear();
  }
}
