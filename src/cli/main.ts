import project from "../../deno.json" with { type: "json" };
import { bareCall } from "./bare_call.ts";
import { commands } from "./commands.ts";
import { ExitCode } from "./exit_code.ts";
import type { Io } from "./io.ts";
import { invocationOf } from "./program_name.ts";

/** What the program is for, in its own help. */
const DESCRIPTION =
  "Puts container images into a Kubernetes cluster with nothing but a kubeconfig.";

/** The words by which a shell asks for completions, as Cobra's programs do. */
const COMPLETION_WORDS: readonly string[] = ["__complete", "__completeNoDesc"];

/**
 * Runs the program.
 *
 * @param args the words of the command line, without the program's name
 * @param io all that it has of the world outside
 * @returns the exit code
 */
export async function main(args: readonly string[], io: Io): Promise<number> {
  try {
    return await run(args, io);
  } catch (error) {
    const { describeError } = await import("./report_error.ts");
    const { text, exitCode } = describeError(error, {
      interrupted: io.signal.aborted,
      verbose: args.includes("-v") || args.includes("--verbose"),
    });
    await io.stderr.write(text);
    return exitCode;
  }
}

async function run(args: readonly string[], io: Io): Promise<number> {
  const { usage, completes } = invocationOf(io.programName);
  const [first = "", ...rest] = args;
  if (completes) return await complete(args, io);
  if (COMPLETION_WORDS.includes(first)) {
    return await complete(rest, io, first === "__completeNoDesc");
  }
  const bare = bareCall(args, commands);
  if (bare !== undefined) return await bare.spec.run(bare.call, io);
  const { parseCommandLine } = await import("./command_line.ts");
  const parsed = parseCommandLine(args, {
    usage,
    description: DESCRIPTION,
    version: project.version,
    columns: helpWidth(io),
    commands,
  });
  if ("text" in parsed) {
    await io.stdout.write(parsed.text);
    return ExitCode.OK;
  }
  return await parsed.spec.run(parsed.call, io);
}

async function complete(
  words: readonly string[],
  io: Io,
  bare = false,
): Promise<number> {
  const { completeWords, formatCompletion } = await import("./completion.ts");
  const completion = await completeWords(words, { commands, io });
  await io.stdout.write(formatCompletion(completion, { bare }));
  return ExitCode.OK;
}

/** Help is as wide as the terminal, and never too wide to read. */
function helpWidth(io: Io): number {
  if (!io.stdout.isTerminal) return 80;
  return Math.min(io.terminalSize().columns, 100);
}
