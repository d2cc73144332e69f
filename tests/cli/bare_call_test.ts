import { strict as assert } from "node:assert";
import { bareCall } from "../../src/cli/bare_call.ts";
import { parseCommandLine } from "../../src/cli/command_line.ts";
import { isCommandGroup } from "../../src/cli/command_spec.ts";
import { commands } from "../../src/cli/commands.ts";
import type { Flags } from "../../src/cli/flags.ts";

Deno.test("bareCall() gives what the parser gives, for every command", () => {
  const specs = commands.flatMap((entry) =>
    isCommandGroup(entry) ? [] : [entry]
  );
  const bare = specs.filter(({ args }) => args.every((arg) => arg.optional));
  assert.ok(bare.length > 0);
  for (const spec of bare) {
    const parsed = parseCommandLine([spec.name], {
      usage: "k8scr",
      description: "",
      version: "0",
      columns: 80,
      commands,
    });
    if ("text" in parsed) throw new Error(parsed.text);
    const call = bareCall([spec.name], commands);
    assert.equal(call?.spec, parsed.spec);
    assert.deepEqual(call?.call.args, parsed.call.args);
    for (const { name } of spec.groups.flatMap((group) => group.flags)) {
      const values = (flags: Flags | undefined) => [
        flags?.isOn(name),
        flags?.optional(name),
        flags?.list(name),
      ];
      assert.deepEqual(values(call?.call.flags), values(parsed.call.flags));
    }
  }
});

Deno.test("bareCall() leaves everything else to the parser", () => {
  assert.equal(bareCall([], commands), undefined);
  assert.equal(bareCall(["push"], commands), undefined);
  assert.equal(bareCall(["no-such-command"], commands), undefined);
  assert.equal(bareCall(["version", "-o", "json"], commands), undefined);
  assert.equal(bareCall(["--help"], commands), undefined);
});
