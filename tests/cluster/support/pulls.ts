import { strict as assert } from "node:assert";
import {
  type ProgramOptions,
  type ProgramResult,
  runProgram,
} from "./program.ts";
import { assertDone } from "./pushes.ts";
import type { Registry } from "./registries.ts";

/** Runs `pull` from a registry, whatever comes of it. */
export function pull(
  registry: Pick<Registry, "target" | "namespace">,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<ProgramResult> {
  const { target, namespace } = registry;
  return runProgram(["pull", "-r", target, "-n", namespace, ...args], options);
}

/** Pulls an image into a target, and returns the digest that is printed. */
export async function pulledDigest(
  registry: Pick<Registry, "target" | "namespace">,
  name: string,
  ...args: readonly string[]
): Promise<string> {
  const result = await pull(registry, [name, ...args]);
  assertDone(result);
  const [, digest = ""] = /@(sha256:[0-9a-f]{64})/.exec(result.stdout) ?? [];
  assert.notEqual(digest, "", result.stdout);
  return digest;
}
