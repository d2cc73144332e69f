/** How a command ended. */
export interface CommandResult {
  /** Exit code; 128 and the signal's number where a signal ended it. */
  readonly code: number;
  /** What it wrote to standard output. */
  readonly stdout: string;
  /** What it wrote to standard error. */
  readonly stderr: string;
}

/** Options for {@linkcode runCommand}. */
export interface CommandOptions {
  /** Added to the environment. */
  readonly env?: Record<string, string>;
  /** Written to standard input; without it the command reads nothing. */
  readonly input?: string;
}

/** Runs a command to its end, whatever its exit code. */
export async function runCommand(
  command: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const process = new Deno.Command(command[0] ?? "", {
    args: command.slice(1),
    env: options.env ?? {},
    stdin: options.input === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const [stdout, stderr, status] = await Promise.all([
    new Response(process.stdout).text(),
    new Response(process.stderr).text(),
    process.status,
    options.input === undefined ? undefined : feed(process, options.input),
  ]);
  return { code: status.code, stdout, stderr };
}

/**
 * Runs a command that must work.
 *
 * @returns its standard output
 * @throws {Error} with its standard error when it ends with another code than 0
 */
export async function succeed(
  command: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const { code, stdout, stderr } = await runCommand(command, options);
  if (code === 0) return stdout;
  throw new Error(
    `Cannot run "${command.join(" ")}": exit code is ${code}\n${stderr}`,
  );
}

async function feed(
  process: Deno.ChildProcess,
  input: string | ReadableStream<Uint8Array>,
): Promise<void> {
  const body = typeof input === "string" ? new Blob([input]).stream() : input;
  try {
    await body.pipeTo(process.stdin);
  } catch (error) {
    // A command may end before it has read everything; its exit code tells.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}
