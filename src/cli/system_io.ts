import { tmpdir } from "node:os";
import process from "node:process";
import type { KubeHost } from "../kube/kube_host.ts";
import type { Clock, Io, KubeHostOptions, Output, TerminalSize } from "./io.ts";
import { systemKubeHost } from "./kube_host.ts";
import { programNameOf } from "./program_name.ts";

/** What a terminal is taken for when it does not tell its size. */
const DEFAULT_SIZE: TerminalSize = { columns: 80, rows: 24 };

/** The process itself. */
export class SystemIo implements Io {
  /** The name by which the program was called. */
  readonly programName: string = programNameOf(process.argv0);
  /** Whether a terminal is standard input. */
  readonly stdinIsTerminal: boolean = Deno.stdin.isTerminal();
  /** Standard output. */
  readonly stdout: Output = new ProcessOutput(Deno.stdout);
  /** Standard error. */
  readonly stderr: Output = new ProcessOutput(Deno.stderr, true);
  /** Time. */
  readonly clock: Clock = new SystemClock();
  /** `$TMPDIR`, or what the system has in its place. */
  readonly tempDir: string = tmpdir();
  readonly #interruption = new AbortController();

  constructor() {
    for (const signal of endingSignals()) {
      Deno.addSignalListener(signal, this.#interrupt);
    }
  }

  /** Aborted by the first signal that asks the process to end. */
  get signal(): AbortSignal {
    return this.#interruption.signal;
  }

  /** Standard input. */
  get stdin(): ReadableStream<Uint8Array> {
    return Deno.stdin.readable;
  }

  /** Returns a variable of the environment. */
  env(name: string): string | undefined {
    return Deno.env.get(name);
  }

  /** Returns the size of the terminal. */
  terminalSize(): TerminalSize {
    const isTerminal = this.stderr.isTerminal || this.stdout.isTerminal ||
      this.stdinIsTerminal;
    if (!isTerminal) return DEFAULT_SIZE;
    const { columns, rows } = Deno.consoleSize();
    return columns > 0 && rows > 0 ? { columns, rows } : DEFAULT_SIZE;
  }

  /** Calls back when the terminal changed its size. */
  onResize(callback: () => void): () => void {
    if (Deno.build.os === "windows") return () => {};
    Deno.addSignalListener("SIGWINCH", callback);
    return () => Deno.removeSignalListener("SIGWINCH", callback);
  }

  /** Calls back at each SIGUSR1, which Windows does not have. */
  onUserSignal(callback: () => void): () => void {
    if (Deno.build.os === "windows") return () => {};
    Deno.addSignalListener("SIGUSR1", callback);
    return () => Deno.removeSignalListener("SIGUSR1", callback);
  }

  /** Returns what the Kubernetes side needs of this host. */
  kubeHost(options: KubeHostOptions): KubeHost {
    return systemKubeHost(options);
  }

  /**
   * The first signal asks the command to clean up and end; the listeners go, so
   * that a second one ends the process at once.
   */
  readonly #interrupt = () => {
    for (const signal of endingSignals()) {
      Deno.removeSignalListener(signal, this.#interrupt);
    }
    this.#interruption.abort(
      new DOMException("Interrupted by a signal", "AbortError"),
    );
  };
}

/** The signals by which people and systems ask a process to end. */
function endingSignals(): readonly Deno.Signal[] {
  return Deno.build.os === "windows"
    ? ["SIGINT", "SIGBREAK"]
    : ["SIGINT", "SIGTERM", "SIGHUP"];
}

class SystemClock implements Clock {
  now(): number {
    return performance.now();
  }

  every(milliseconds: number, callback: () => void): () => void {
    const timer = setInterval(callback, milliseconds);
    return () => clearInterval(timer);
  }
}

class ProcessOutput implements Output {
  readonly isTerminal: boolean;
  readonly #stream: typeof Deno.stdout;
  readonly #bestEffort: boolean;
  #queue: Promise<void> = Promise.resolve();
  #isClosed = false;
  #pending = 0;

  /** @param bestEffort whether a failure to write is ignored altogether */
  constructor(stream: typeof Deno.stdout, bestEffort = false) {
    this.#stream = stream;
    this.#bestEffort = bestEffort;
    this.isTerminal = stream.isTerminal();
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  get pending(): number {
    return this.#pending;
  }

  write(content: string | Uint8Array): Promise<void> {
    const bytes = typeof content === "string"
      ? new TextEncoder().encode(content)
      : content;
    this.#pending++;
    const before = this.#queue.catch(() => undefined);
    this.#queue = before.then(() => this.#writeAll(bytes))
      .finally(() => this.#pending--);
    return this.#queue;
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    let written = 0;
    while (written < bytes.length && !this.#isClosed) {
      try {
        written += await this.#stream.write(bytes.subarray(written));
      } catch (error) {
        const hasGone = error instanceof Deno.errors.BrokenPipe;
        // Nobody could be told that standard error cannot be written to.
        if (!hasGone && !this.#bestEffort) {
          throw new Error(
            `Cannot write to the standard output: ${
              error instanceof Error ? error.message : error
            }`,
            { cause: error },
          );
        }
        this.#isClosed = true;
      }
    }
  }
}
