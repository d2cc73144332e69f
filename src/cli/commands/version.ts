import project from "../../../deno.json" with { type: "json" };
import type { CommandSpec } from "../command_spec.ts";
import { ExitCode } from "../exit_code.ts";
import { readOutputFormat, resultFlags } from "../output_flags.ts";

/** `k8scr version`. */
export const versionCommand: CommandSpec = {
  name: "version",
  summary: "Show the version of the program",
  args: [],
  groups: [resultFlags],
  examples: [{ what: "For a script", line: "{} version -o json" }],
  async run({ flags }, io) {
    const version = {
      version: project.version,
      deno: Deno.version.deno,
      os: Deno.build.os,
      arch: Deno.build.arch,
    };
    const text = readOutputFormat(flags) === "json"
      ? JSON.stringify(version)
      : `k8scr ${version.version} (${version.os} ${version.arch}, Deno ${version.deno})`;
    await io.stdout.write(`${text}\n`);
    return ExitCode.OK;
  },
};
