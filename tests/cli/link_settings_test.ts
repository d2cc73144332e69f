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

Deno.test("readLinkSettings() reads a command that sends no blobs", () => {
  const flags = GIVEN.filter(([name]) => name !== "chunk-size");
  const settings = readLinkSettings(new Flags(new Map(flags)));
  assert.equal("chunkSize" in settings, false);
  assert.equal(settings.stallTimeout, 5_000);
});

Deno.test("readLinkSettings() reads the pace, where one is given", () => {
  const flags = [...GIVEN, ["limit-rate", "20M"], ["polite", true]] as const;
  const settings = readLinkSettings(new Flags(new Map(flags)));
  assert.equal(settings.limitRate, 20_000_000);
  assert.equal(settings.polite, true);
});

Deno.test("readLinkSettings() refuses a rate at which nothing arrives", () => {
  const flags = new Flags(new Map([...GIVEN, ["limit-rate", "9k"]]));
  assert.throws(() => readLinkSettings(flags), {
    name: "UsageError",
    message: /--limit-rate/,
  });
});

Deno.test("readLinkSettings() refuses chunks that are nothing but round trips", () => {
  const flags = new Flags(new Map([...GIVEN, ["chunk-size", "1Ki"]]));
  assert.throws(() => readLinkSettings(flags), {
    name: "UsageError",
    message: /--chunk-size/,
  });
});
