import { strict as assert } from "node:assert";
import { Flags } from "../../src/cli/flags.ts";
import { UsageError } from "../../src/cli/usage_error.ts";

function flagsOf(values: Record<string, unknown>): Flags {
  return new Flags(new Map(Object.entries(values)));
}

function messageOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  throw new Error("Nothing was thrown");
}

Deno.test("Flags reads switches, texts and lists", () => {
  const flags = flagsOf({ quiet: true, as: "app", select: ["a", "b"] });
  assert.equal(flags.isOn("quiet"), true);
  assert.equal(flags.isOn("verbose"), false);
  assert.equal(flags.text("as"), "app");
  assert.equal(flags.optional("prefix"), undefined);
  assert.deepEqual(flags.list("select"), ["a", "b"]);
  assert.deepEqual(flags.list("as-group"), []);
});

Deno.test("Flags.choice() names flag, value and what it must be", () => {
  const choices = ["gzip", "zstd", "none"];
  assert.equal(
    flagsOf({ compression: "zstd" }).choice("compression", choices),
    "zstd",
  );
  assert.equal(
    messageOf(() =>
      flagsOf({ compression: "lz4" }).choice("compression", choices)
    ),
    'Cannot use --compression "lz4": it must be gzip, zstd or none',
  );
});

Deno.test("Flags.integer() keeps to its range", () => {
  const range = { min: 1, max: 64 };
  assert.equal(flagsOf({ jobs: "64" }).integer("jobs", range), 64);
  for (const value of ["0", "65", "four", "4.0", "-1", ""]) {
    assert.equal(
      messageOf(() => flagsOf({ jobs: value }).integer("jobs", range)),
      `Cannot use --jobs "${value}": it must be a whole number from 1 to 64`,
    );
  }
});

Deno.test("Flags.size() refuses what is no size or too small", () => {
  assert.equal(flagsOf({ "chunk-size": "8M" }).size("chunk-size", 65536), 8e6);
  for (const value of ["many", "1k"]) {
    assert.equal(
      messageOf(() =>
        flagsOf({ "chunk-size": value }).size("chunk-size", 65536)
      ),
      `Cannot use --chunk-size "${value}": it must be a size of at least 65536 bytes, such as 8M or 512Ki`,
    );
  }
});

Deno.test("Flags.duration() refuses what is no duration or nothing", () => {
  assert.equal(
    flagsOf({ "stall-timeout": "90s" }).duration("stall-timeout"),
    90_000,
  );
  for (const value of ["60", "0"]) {
    assert.equal(
      messageOf(() =>
        flagsOf({ "stall-timeout": value }).duration("stall-timeout")
      ),
      `Cannot use --stall-timeout "${value}": it must be a duration of more than 0, such as 60s or 1m30s`,
    );
  }
});
