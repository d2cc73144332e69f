import { strict as assert } from "node:assert";
import { parseCommandLine } from "../../src/cli/command_line.ts";
import type { CommandCall, CommandSpec } from "../../src/cli/command_spec.ts";

/** Parses the words and flags of one command. */
export function callOf(command: CommandSpec, ...args: string[]): CommandCall {
  const line = parseCommandLine([command.name, ...args], {
    usage: "k8scr",
    description: "",
    version: "1",
    columns: 80,
    commands: [command],
  });
  assert.ok("call" in line);
  return line.call;
}
