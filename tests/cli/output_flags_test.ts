import { strict as assert } from "node:assert";
import { Flags } from "../../src/cli/flags.ts";
import { readOutputSettings } from "../../src/cli/output_flags.ts";

Deno.test("readOutputSettings() takes over what was given", () => {
  const flags = new Flags(
    new Map<string, unknown>([
      ["output", "json"],
      ["progress", "plain"],
      ["verbose", true],
    ]),
  );
  assert.deepEqual(readOutputSettings(flags), {
    output: "json",
    progress: "plain",
    quiet: false,
    verbose: true,
  });
});

Deno.test("readOutputSettings() refuses forms that there are not", () => {
  const xml = new Flags(new Map([["output", "xml"], ["progress", "auto"]]));
  assert.throws(() => readOutputSettings(xml), {
    message: 'Cannot use --output "xml": it must be text or json',
  });
  const dots = new Flags(new Map([["output", "text"], ["progress", "dots"]]));
  assert.throws(() => readOutputSettings(dots), {
    message:
      'Cannot use --progress "dots": it must be auto, bar, plain, json or none',
  });
});
