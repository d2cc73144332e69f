import { main } from "../../src/cli/main.ts";
import { FakeIo, type FakeIoOptions } from "./fake_io.ts";

/** How a run of the program ended. */
export interface CommandRun {
  /** The exit code. */
  readonly code: number;
  /** What it wrote to standard output. */
  readonly stdout: string;
  /** What it wrote to standard error. */
  readonly stderr: string;
}

/** Runs the whole program in this process. */
export async function runCommandLine(
  args: readonly string[],
  options: FakeIoOptions = {},
): Promise<CommandRun> {
  const io = new FakeIo(options);
  const code = await main(args, io);
  return { code, stdout: io.stdout.text, stderr: io.stderr.text };
}
