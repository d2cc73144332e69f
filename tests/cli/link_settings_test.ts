import { strict as assert } from "node:assert";
import { Flags } from "../../src/cli/flags.ts";
import { readLinkSettings } from "../../src/cli/link_settings.ts";

const GIVEN: readonly (readonly [string, unknown])[] = [
  ["registry", "reg:5000"],
  ["chunk-size", "1Mi"],
  ["stall-timeout", "5s"],
  ["output", "json"],
  ["progress", "none"],
  ["as", "jane"],
];

Deno.test("readLinkSettings() reads what every command says about a registry", () => {
  assert.deepEqual(readLinkSettings(new Flags(new Map(GIVEN))), {
    registry: "reg:5000",
    connection: { as: "jane", asGroup: [] },
    chunkSize: 1_048_576,
    stallTimeout: 5_000,
    output: { output: "json", progress: "none", quiet: false, verbose: false },
  });
});

Deno.test("readLinkSettings() refuses chunks that are nothing but round trips", () => {
  const flags = new Flags(new Map([...GIVEN, ["chunk-size", "1Ki"]]));
  assert.throws(() => readLinkSettings(flags), {
    name: "UsageError",
    message: /--chunk-size/,
  });
});
