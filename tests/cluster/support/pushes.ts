import { strict as assert } from "node:assert";
import type { ExpectedImage } from "./expected_images.ts";
import type { ImageForm } from "./image_form.ts";
import {
  type ProgramOptions,
  type ProgramResult,
  runProgram,
} from "./program.ts";
import { assertImage } from "./readers.ts";
import type { Registry } from "./registries.ts";

/** Runs `push` to a registry, whatever comes of it. */
export function push(
  registry: Pick<Registry, "target" | "namespace">,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<ProgramResult> {
  const { target, namespace } = registry;
  return runProgram(["push", "-r", target, "-n", namespace, ...args], options);
}

/** Asserts that a run went well and left nothing in `$TMPDIR`. */
export function assertDone(result: ProgramResult): void {
  assert.equal(result.code, 0, result.stderr);
  assert.deepEqual(result.left, []);
}

/** Asserts that a run failed with a code and a message, and left nothing. */
export function assertFailed(
  result: ProgramResult,
  code: number,
  ...messages: readonly RegExp[]
): void {
  assert.equal(result.code, code, result.stderr);
  for (const message of messages) assert.match(result.stderr, message);
  assert.equal(result.stdout, "");
  assert.deepEqual(result.left, []);
}

/**
 * Pushes an image in one of its forms, and asserts that the registry holds what
 * the form does and that the program prints just that.
 */
export async function assertPushed(
  registry: Registry,
  form: ImageForm,
): Promise<void> {
  const options = form.input === undefined ? {} : { input: form.input };
  const flags = form.flags ?? [];
  const result = await push(registry, [form.source, ...flags], options);
  assertDone(result);
  if (!form.spooled) assert.deepEqual(result.temporary, []);
  await assertPrinted(registry, result, form.images);
}

/** Asserts that images are in a registry and that a run printed them. */
export async function assertPrinted(
  registry: Registry,
  result: ProgramResult,
  images: readonly ExpectedImage[],
): Promise<void> {
  const lines: string[] = [];
  for (const image of images) {
    const { digest } = await assertImage(registry, image);
    lines.push(`${image.name}@${digest}`);
  }
  const printed = result.stdout.trimEnd().split("\n");
  assert.deepEqual(printed.toSorted(), lines.toSorted());
}
