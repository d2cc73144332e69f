import type { HostRunResult, KubeHost } from "../../src/kube/kube_host.ts";
import { HostFileError } from "../../src/kube/kube_host.ts";
import type {
  Clock,
  Io,
  KubeHostOptions,
  Output,
  TerminalSize,
} from "../../src/cli/io.ts";

/** Options for {@linkcode FakeIo}. */
export interface FakeIoOptions {
  /** Default `k8scr`. */
  readonly programName?: string;
  /** What comes from standard input. */
  readonly stdin?: Uint8Array;
  /** Whether a terminal is standard input. */
  readonly stdinIsTerminal?: boolean;
  /** The environment; default none. */
  readonly env?: Readonly<Record<string, string>>;
  /** Whether terminals show both outputs. */
  readonly isTerminal?: boolean;
  /** Size of the terminal; default 80 × 24. */
  readonly size?: TerminalSize;
  /** The folder for temporary files. */
  readonly tempDir?: string;
}

/** Time that a test turns by hand. */
export class FakeClock implements Clock {
  #now = 0;
  readonly #timers = new Set<
    { readonly interval: number; due: number; readonly callback: () => void }
  >();

  /** Number of timers that were not stopped. */
  get running(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#now;
  }

  every(interval: number, callback: () => void): () => void {
    const timer = { interval, due: this.#now + interval, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Lets time pass and calls back whoever is due. */
  advance(milliseconds: number): void {
    const end = this.#now + milliseconds;
    for (;;) {
      const [next] = [...this.#timers].sort((a, b) => a.due - b.due);
      if (next === undefined || next.due > end) break;
      this.#now = next.due;
      next.due += next.interval;
      next.callback();
    }
    this.#now = end;
  }
}

/** An output that keeps what is written. */
export class FakeOutput implements Output {
  readonly isTerminal: boolean;
  isClosed = false;
  pending = 0;
  /** Everything so far. */
  text = "";

  constructor(isTerminal: boolean) {
    this.isTerminal = isTerminal;
  }

  write(content: string | Uint8Array): Promise<void> {
    if (!this.isClosed) {
      this.text += typeof content === "string"
        ? content
        : new TextDecoder().decode(content);
    }
    return Promise.resolve();
  }
}

/** A world for one run of the program. */
export class FakeIo implements Io {
  readonly programName: string;
  readonly stdin: ReadableStream<Uint8Array>;
  readonly stdinIsTerminal: boolean;
  readonly stdout: FakeOutput;
  readonly stderr: FakeOutput;
  readonly clock = new FakeClock();
  readonly tempDir: string;
  readonly #env: Readonly<Record<string, string>>;
  readonly #interruption = new AbortController();
  readonly #resizeListeners = new Set<() => void>();
  readonly #userSignalListeners = new Set<() => void>();
  #size: TerminalSize;

  constructor(options: FakeIoOptions = {}) {
    this.programName = options.programName ?? "k8scr";
    this.stdin = new Blob([new Uint8Array(options.stdin ?? [])]).stream();
    this.stdinIsTerminal = options.stdinIsTerminal ?? false;
    this.stdout = new FakeOutput(options.isTerminal ?? false);
    this.stderr = new FakeOutput(options.isTerminal ?? false);
    this.tempDir = options.tempDir ?? "/nonexistent";
    this.#env = options.env ?? {};
    this.#size = options.size ?? { columns: 80, rows: 24 };
  }

  get signal(): AbortSignal {
    return this.#interruption.signal;
  }

  /** Number of listeners for a change of size. */
  get resizeListeners(): number {
    return this.#resizeListeners.size;
  }

  /** Does what Ctrl-C does. */
  interrupt(): void {
    this.#interruption.abort(new DOMException("Interrupted", "AbortError"));
  }

  /** Changes the size of the terminal. */
  resize(size: TerminalSize): void {
    this.#size = size;
    for (const listener of this.#resizeListeners) listener();
  }

  env(name: string): string | undefined {
    return this.#env[name];
  }

  terminalSize(): TerminalSize {
    return this.#size;
  }

  onResize(callback: () => void): () => void {
    this.#resizeListeners.add(callback);
    return () => this.#resizeListeners.delete(callback);
  }

  /** Number of listeners for SIGUSR1. */
  get userSignalListeners(): number {
    return this.#userSignalListeners.size;
  }

  /** Does what SIGUSR1 does. */
  sendUserSignal(): void {
    for (const listener of this.#userSignalListeners) listener();
  }

  onUserSignal(callback: () => void): () => void {
    this.#userSignalListeners.add(callback);
    return () => this.#userSignalListeners.delete(callback);
  }

  kubeHost({ stdinTaken }: KubeHostOptions): KubeHost {
    return {
      os: "linux",
      cwd: "/nonexistent",
      stdinIsTerminal: false,
      stdinTaken,
      env: (name) => this.env(name),
      environment: () => this.#env,
      readFile,
      isFile,
      isExecutable: () => Promise.resolve(false),
      run: refuseToRun,
      now: () => 1_700_000_000_000,
    };
  }
}

async function readFile(path: string): Promise<Uint8Array> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    const reason = "no such file or directory";
    throw new HostFileError(reason, {
      missing: error instanceof Deno.errors.NotFound,
      cause: error,
    });
  }
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function refuseToRun(command: string): Promise<HostRunResult> {
  const reason = `no process is started: ${command}`;
  throw new HostFileError(reason, { missing: true });
}
