import type { KubeHost } from "../kube/kube_host.ts";

/** A stream of text for people or programs: standard output or error. */
export interface Output {
  /** Whether a terminal shows it. */
  readonly isTerminal: boolean;
  /** Whether its reader has gone; what is written then is dropped. */
  readonly isClosed: boolean;
  /** Writes that are not through yet. */
  readonly pending: number;
  /**
   * Writes behind everything that was written before. A reader that has gone
   * (`| head`) is no error.
   */
  write(content: string | Uint8Array): Promise<void>;
}

/** Time, so that a test can turn it by hand. */
export interface Clock {
  /** Milliseconds since some moment; never goes back. */
  now(): number;
  /** Calls back every so many milliseconds until the returned function is called. */
  every(milliseconds: number, callback: () => void): () => void;
}

/** Size of a terminal in characters. */
export interface TerminalSize {
  /** Characters in a line. */
  readonly columns: number;
  /** Lines. */
  readonly rows: number;
}

/** Options for {@linkcode Io.kubeHost}. */
export interface KubeHostOptions {
  /** Whether the command reads standard input itself, so that an exec plugin cannot. */
  readonly stdinTaken: boolean;
}

/**
 * All that the program has of the world outside: a test gives it another one
 * and runs a whole command.
 */
export interface Io {
  /** The name by which the program was called, without folder and extension. */
  readonly programName: string;
  /** Standard input; opened when it is first asked for. */
  readonly stdin: ReadableStream<Uint8Array>;
  /** Whether a terminal is standard input. */
  readonly stdinIsTerminal: boolean;
  /** Standard output: results. */
  readonly stdout: Output;
  /** Standard error: everything else; a failure to write there is no error. */
  readonly stderr: Output;
  /** Aborted by Ctrl-C and by a request to terminate. */
  readonly signal: AbortSignal;
  /** Time. */
  readonly clock: Clock;
  /** The folder for temporary files. */
  readonly tempDir: string;
  /** Returns a variable of the environment. */
  env(name: string): string | undefined;
  /** Returns the size of the terminal that shows standard error. */
  terminalSize(): TerminalSize;
  /** Calls back when the terminal changed its size, until the returned function is called. */
  onResize(callback: () => void): () => void;
  /** Calls back at each SIGUSR1, until the returned function is called. */
  onUserSignal(callback: () => void): () => void;
  /** Returns what the Kubernetes side needs of this host. */
  kubeHost(options: KubeHostOptions): KubeHost;
}
