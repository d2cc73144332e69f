import { strict as assert } from "node:assert";
import { manPage } from "../../scripts/package_man.ts";
import { commands } from "../../src/cli/commands.ts";
import type { CommandSpec } from "../../src/cli/command_spec.ts";
import { kubectlFlags } from "../../src/cli/kubectl_flags.ts";

const SPEC: CommandSpec = {
  name: "do",
  summary: "Do it",
  description: ".do it\nwith a \\ here\n\nAnd then rest.",
  args: [{ name: "WHAT", description: "what to do", variadic: true }],
  groups: [{
    heading: "Flags:",
    flags: [{
      name: "dry-run",
      short: "d",
      value: "HOW",
      description: "only look",
      default: "no",
    }],
  }, kubectlFlags],
  examples: [{ what: "An example", line: "{} do it" }],
  run: () => Promise.resolve(0),
};

Deno.test("manPage() has a section for a command, with its flags and examples", () => {
  const page = manPage([SPEC], "1.2.3");
  assert.match(page, /^\.TH K8SCR 1 "" "k8scr 1\.2\.3" "User Commands"\n/);
  const start = page.indexOf(".SS ");
  assert.equal(
    page.slice(start, page.indexOf(".SH", start)),
    [
      ".SS k8scr do [flags] WHAT...",
      "\\&.do it",
      "with a \\e here",
      ".PP",
      "And then rest.",
      ".TP",
      ".B WHAT",
      "what to do",
      ".TP",
      ".B \\-d, \\-\\-dry\\-run HOW",
      "only look (default: no)",
      ".PP",
      "An example:",
      ".PP",
      ".EX",
      "    k8scr do it",
      ".EE",
      "",
    ].join("\n"),
  );
});

Deno.test("manPage() tells kubectl's flags once", () => {
  const page = manPage([SPEC, { ...SPEC, name: "again" }], "1.2.3");
  assert.equal(page.match(/^\.B \\-\\-kubeconfig FILE$/gm)?.length, 1);
});

Deno.test("manPage() has every command of the program", () => {
  const page = manPage(commands, "1.2.3");
  for (const entry of commands) {
    const names = "subcommands" in entry
      ? entry.subcommands.map(({ name }) => `${entry.name} ${name}`)
      : [entry.name];
    for (const name of names) {
      const words = name.replaceAll("-", "\\-");
      assert.ok(page.includes(`.SS k8scr ${words} [flags]`), name);
    }
  }
});
