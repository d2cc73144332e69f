import type { Io } from "./io.ts";

/** Asks questions on a terminal, one after the other. */
export class Questions implements Disposable {
  readonly #io: Io;
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  #waiting = "";

  /** Makes nothing of standard input before there is a question. */
  constructor(io: Io) {
    this.#io = io;
  }

  /** Whether there is somebody to ask. */
  get canAsk(): boolean {
    return this.#io.stdinIsTerminal && this.#io.stderr.isTerminal;
  }

  /** Asks a question; whatever is not yes is no. */
  async confirm(question: string): Promise<boolean> {
    await this.#io.stderr.write(`${question} [y/N] `);
    return /^y(?:es)?$/i.test((await this.#readLine()).trim());
  }

  /** Gives standard input back. */
  [Symbol.dispose](): void {
    this.#reader?.releaseLock();
  }

  async #readLine(): Promise<string> {
    this.#reader ??= this.#io.stdin.getReader();
    const decoder = new TextDecoder();
    for (;;) {
      const end = this.#waiting.indexOf("\n");
      if (end !== -1) {
        const line = this.#waiting.slice(0, end);
        this.#waiting = this.#waiting.slice(end + 1);
        return line;
      }
      const { done, value } = await this.#untilInterrupted(this.#reader.read());
      if (done) return this.#takeRest();
      this.#waiting += decoder.decode(value, { stream: true });
    }
  }

  #takeRest(): string {
    const rest = this.#waiting;
    this.#waiting = "";
    return rest;
  }

  async #untilInterrupted<T>(work: Promise<T>): Promise<T> {
    const { signal } = this.#io;
    signal.throwIfAborted();
    const { promise, reject } = Promise.withResolvers<never>();
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort);
    try {
      return await Promise.race([work, promise]);
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }
}
