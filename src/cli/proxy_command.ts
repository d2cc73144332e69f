import { UsageError } from "./usage_error.ts";

/** Options for {@linkcode runProxyCommand}. */
export interface ProxyCommandOptions {
  /** Added to the environment. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Runs a command in the foreground, with the program's own standard streams.
 *
 * @returns its exit code; 128 and the signal's number when a signal ended it
 * @throws {UsageError} when there is no such command
 */
export async function runProxyCommand(
  command: readonly string[],
  { env }: ProxyCommandOptions,
): Promise<number> {
  const [file = "", ...args] = command;
  // The first signal may come as soon as the command runs.
  const signals = new PassedSignals();
  try {
    signals.child = spawn(file, { args, env });
    const { code } = await signals.child.status;
    return code;
  } finally {
    signals.remove();
  }
}

function spawn(
  file: string,
  options: { readonly args: string[]; readonly env: Record<string, string> },
): Deno.ChildProcess {
  try {
    return new Deno.Command(file, {
      ...options,
      stdin: "inherit",
      stdout: "inherit",
      stderr: "inherit",
    }).spawn();
  } catch (error) {
    const isMissing = error instanceof Deno.errors.NotFound;
    throw new UsageError(
      `Cannot run "${file}": ${
        isMissing
          ? "there is no such command"
          : error instanceof Error
          ? error.message
          : error
      }`,
      { cause: error },
    );
  }
}

/**
 * Passes signals on and outlives them: the command decides what comes of them,
 * and needs the proxy until its end.
 */
class PassedSignals {
  /** Who gets them. */
  child: Deno.ChildProcess | undefined;
  readonly #listeners: readonly (() => void)[];

  constructor() {
    this.#listeners = signalsToPass().map((signal) => {
      const listener = () => this.#pass(signal);
      Deno.addSignalListener(signal, listener);
      return () => Deno.removeSignalListener(signal, listener);
    });
  }

  /** Lets signals have their usual effect again. */
  remove(): void {
    for (const remove of this.#listeners) remove();
  }

  #pass(signal: Deno.Signal): void {
    if (signal === "SIGINT" && hasTerminal()) return;
    // A console tells every process in it.
    if (Deno.build.os === "windows" || this.child === undefined) return;
    try {
      this.child.kill(signal);
    } catch (error) {
      // It may have ended in the same moment.
      const hasEnded = error instanceof TypeError ||
        error instanceof Deno.errors.NotFound;
      if (!hasEnded) throw error;
    }
  }
}

function signalsToPass(): readonly Deno.Signal[] {
  return Deno.build.os === "windows"
    ? ["SIGINT", "SIGBREAK"]
    : ["SIGINT", "SIGTERM", "SIGHUP"];
}

/** A terminal sends Ctrl-C to the command as well, which must not count twice. */
function hasTerminal(): boolean {
  return Deno.stdin.isTerminal() || Deno.stdout.isTerminal() ||
    Deno.stderr.isTerminal();
}
