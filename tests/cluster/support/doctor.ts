import { strict as assert } from "node:assert";
import {
  type ProgramOptions,
  type ProgramResult,
  runProgram,
} from "./program.ts";
import type { Registry } from "./registries.ts";

/** Runs `doctor` for a registry, whatever comes of it. */
export function doctor(
  { namespace, target }: Pick<Registry, "namespace" | "target">,
  args: readonly string[] = [],
  options: ProgramOptions = {},
): Promise<ProgramResult> {
  return runProgram(
    ["doctor", "-n", namespace, "-r", target, ...args],
    options,
  );
}

/** Asserts an exit code and, of some checks, the line. */
export function assertFound(
  { code, stdout, stderr }: ProgramResult,
  wanted: number,
  lines: Readonly<Record<string, RegExp>>,
): void {
  assert.equal(code, wanted, stdout + stderr);
  assert.equal(stderr, "");
  for (const [name, line] of Object.entries(lines)) {
    const found = stdout.split("\n").find((each) =>
      each.slice(9).startsWith(`${name} `)
    );
    assert.match(found ?? "", line, stdout);
  }
}
