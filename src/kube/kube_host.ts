import { posix, win32 } from "node:path";

/** Options for {@linkcode KubeHost.run}. */
export interface HostRunOptions {
  /** The arguments, without the command itself. */
  readonly args: readonly string[];
  /** The whole environment of the process; nothing is inherited beside it. */
  readonly env: Readonly<Record<string, string>>;
  /** Whether the process reads our standard input, or nothing. */
  readonly stdin: "inherit" | "null";
}

/** How a process ended. */
export interface HostRunResult {
  /** The exit code; 128 and the signal's number where a signal ended it. */
  readonly code: number;
  /** All that the process wrote to its standard output. */
  readonly stdout: Uint8Array;
}

/** What the kubeconfig needs of the machine, so that tests can give another. */
export interface KubeHost {
  /** The operating system, as `Deno.build.os` names it. */
  readonly os: string;
  /** The working directory, absolute. */
  readonly cwd: string;
  /** Whether standard input is a terminal. */
  readonly stdinIsTerminal: boolean;
  /** Whether the command itself reads standard input. */
  readonly stdinTaken: boolean;
  /** Returns an environment variable, or `undefined` when it is not set. */
  env(name: string): string | undefined;
  /** Returns the whole environment. */
  environment(): Readonly<Record<string, string>>;
  /**
   * Reads a file whole.
   *
   * @throws {HostFileError} when it cannot be read
   */
  readFile(path: string): Promise<Uint8Array>;
  /** Tells whether there is a regular file, symbolic links followed. */
  isFile(path: string): Promise<boolean>;
  /** Tells whether there is a regular file that may be executed. */
  isExecutable(path: string): Promise<boolean>;
  /**
   * Runs a process to its end; its standard error is ours.
   *
   * @throws {HostFileError} when the command cannot be started
   */
  run(command: string, options: HostRunOptions): Promise<HostRunResult>;
  /** Returns the time, in milliseconds since 1970. */
  now(): number;
}

/** Options for {@linkcode HostFileError}. */
export interface HostFileErrorOptions extends ErrorOptions {
  /** Whether there is nothing under the path. */
  readonly missing: boolean;
}

/**
 * A file of the host cannot be read or executed. The message is the reason
 * alone, such as `no such file or directory`: the caller knows the path.
 */
export class HostFileError extends Error {
  /** Tells this class from other errors. */
  override readonly name = "HostFileError";
  /** Whether there is nothing under the path. */
  readonly missing: boolean;

  /** Makes the error of what its fields say. */
  constructor(reason: string, options: HostFileErrorOptions) {
    super(reason, options);
    this.missing = options.missing;
  }
}

/** Returns the path functions of the host's operating system. */
export function hostPath(host: Pick<KubeHost, "os">): typeof posix {
  return host.os === "windows" ? win32 : posix;
}

/**
 * Reads a file of the host as UTF-8 text.
 *
 * @throws {HostFileError} when it cannot be read
 */
export async function readHostText(
  host: Pick<KubeHost, "readFile">,
  path: string,
): Promise<string> {
  return new TextDecoder().decode(await host.readFile(path));
}

/** Returns an error's message as the middle of a sentence. */
export function failureReason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  // An acronym keeps its capitals.
  return message.replace(/^[A-Z](?=[a-z ])/, (letter) => letter.toLowerCase());
}
