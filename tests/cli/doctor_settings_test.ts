import { strict as assert } from "node:assert";
import { parseCommandLine } from "../../src/cli/command_line.ts";
import { doctorCommand } from "../../src/cli/commands/doctor.ts";
import {
  type DoctorSettings,
  readDoctorSettings,
} from "../../src/cli/doctor_settings.ts";

function settingsOf(...args: string[]): DoctorSettings {
  const parsed = parseCommandLine(["doctor", ...args], {
    usage: "k8scr",
    description: "",
    version: "0",
    columns: 80,
    commands: [doctorCommand],
  });
  if ("text" in parsed) throw new Error(parsed.text);
  return readDoctorSettings(parsed.call.flags);
}

Deno.test("readDoctorSettings() has defaults for everything", () => {
  assert.deepEqual(settingsOf(), {
    registry: "k8scr",
    connection: { asGroup: [] },
    chunkSize: 4_194_304,
    stallTimeout: 60_000,
    quick: false,
    output: "text",
    verbose: false,
  });
});

Deno.test("readDoctorSettings() reads every flag", () => {
  const settings = settingsOf(
    ...["-r", "https:reg:5000", "-n", "infra", "--as", "jane"],
    ...["--quick", "--chunk-size", "1Mi", "--stall-timeout", "5s"],
    ...["-o", "json", "-v"],
  );
  assert.deepEqual(settings, {
    registry: "https:reg:5000",
    connection: { namespace: "infra", as: "jane", asGroup: [] },
    chunkSize: 1_048_576,
    stallTimeout: 5000,
    quick: true,
    output: "json",
    verbose: true,
  });
});

Deno.test("readDoctorSettings() refuses what cannot be", () => {
  assert.throws(() => settingsOf("-r", "a:b:c:d"), {
    name: "RegistryFlagSyntaxError",
  });
  assert.throws(() => settingsOf("--chunk-size", "1"), { name: "UsageError" });
  assert.throws(() => settingsOf("-o", "yaml"), { name: "UsageError" });
});
