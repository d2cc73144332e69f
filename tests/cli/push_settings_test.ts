import { strict as assert } from "node:assert";
import { parseCommandLine } from "../../src/cli/command_line.ts";
import { pushCommand } from "../../src/cli/commands/push.ts";
import {
  type PushSettings,
  readPushSettings,
} from "../../src/cli/push_settings.ts";
import { PlatformSyntaxError } from "../../src/oci/platform.ts";

function settingsOf(...args: string[]): PushSettings {
  const parsed = parseCommandLine(["push", ...args], {
    usage: "k8scr",
    description: "",
    version: "0",
    columns: 80,
    commands: [pushCommand],
  });
  if ("text" in parsed) throw new Error(parsed.text);
  return readPushSettings(parsed.call);
}

Deno.test("readPushSettings() has defaults for everything but the source", () => {
  assert.deepEqual(settingsOf("image.tar"), {
    source: "image.tar",
    registry: "k8scr",
    connection: { asGroup: [] },
    naming: { select: [] },
    encoding: { compression: "gzip", level: 1 },
    measured: false,
    jobs: 4,
    chunkSize: 4_194_304,
    stallTimeout: 60_000,
    resume: true,
    reuseLayers: true,
    dryRun: false,
    output: {
      output: "text",
      progress: "auto",
      quiet: false,
      verbose: false,
    },
  });
});

Deno.test("readPushSettings() takes over what was given", () => {
  const settings = settingsOf(
    ...["dir", "-r", "deployment/reg", "-n", "infra", "--as", "app:1"],
    ...["--prefix", "team", "--select", "a", "--select", "b"],
    ...["--platform", "linux/arm64", "--compression", "zstd"],
    ...["--compression-level", "3", "--jobs", "2", "--chunk-size", "1Mi"],
    ...[
      "--stall-timeout",
      "5s",
      "--no-resume",
      "--dry-run",
      "-q",
      "-o",
      "json",
    ],
    ...["--as-user", "jane"],
  );
  assert.equal(settings.registry, "deployment/reg");
  assert.deepEqual(settings.connection, {
    namespace: "infra",
    as: "jane",
    asGroup: [],
  });
  assert.equal(settings.resume, false);
  assert.deepEqual(settings.naming, {
    as: "app:1",
    prefix: "team",
    select: ["a", "b"],
  });
  assert.deepEqual(settings.platform, { os: "linux", architecture: "arm64" });
  assert.deepEqual(settings.encoding, { compression: "zstd", level: 3 });
  assert.equal(settings.jobs, 2);
  assert.equal(settings.chunkSize, 1_048_576);
  assert.equal(settings.stallTimeout, 5000);
  assert.equal(settings.dryRun, true);
  assert.equal(settings.output.quiet, true);
  assert.equal(settings.output.output, "json");
});

Deno.test("readPushSettings() lets layers be taken from nowhere", () => {
  assert.equal(settingsOf("dir", "--no-reuse").reuseLayers, false);
});

Deno.test("readPushSettings() leaves the compression to a measurement", () => {
  assert.equal(settingsOf("dir", "--compression", "auto").measured, true);
  assert.throws(
    () => settingsOf("d", "--compression", "auto", "--compression-level", "1"),
    { name: "UsageError" },
  );
});

Deno.test("readPushSettings() refuses levels that the compression has not", () => {
  assert.throws(() => settingsOf("x", "--compression-level", "12"), {
    name: "UsageError",
    message: "Cannot use the compression level 12: gzip has the levels 1 to 9",
  });
  assert.throws(
    () => settingsOf("x", "--compression", "none", "--compression-level", "1"),
    { name: "UsageError" },
  );
});

Deno.test("readPushSettings() refuses impersonation without a user", () => {
  assert.throws(() => settingsOf("x", "--as", "jane", "--as-group", "dev"), {
    name: "UsageError",
    message: "Cannot use --as-group without --as-user: nobody is impersonated",
    recommendation: "--as names the image here; kubectl's --as is --as-user",
  });
});

Deno.test("readPushSettings() refuses a malformed platform", () => {
  assert.throws(
    () => settingsOf("x", "--platform", "linux"),
    PlatformSyntaxError,
  );
});
