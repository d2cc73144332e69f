import { strict as assert } from "node:assert";
import { completionCommand } from "../../../src/cli/commands/completion.ts";
import {
  completionScript,
  SHELLS,
} from "../../../src/cli/completion_script.ts";
import { Flags } from "../../../src/cli/flags.ts";
import { FakeIo } from "../fake_io.ts";

const flags = new Flags(new Map());

Deno.test("completion prints the script of each shell", async () => {
  for (const shell of SHELLS) {
    const io = new FakeIo();
    assert.equal(await completionCommand.run({ args: [shell], flags }, io), 0);
    assert.equal(io.stdout.text, completionScript(shell));
  }
});

Deno.test("completion refuses a shell that it does not know", async () => {
  await assert.rejects(
    completionCommand.run({ args: ["csh"], flags }, new FakeIo()),
    {
      name: "UsageError",
      message:
        'Cannot complete in the shell "csh": it must be bash, zsh or fish',
    },
  );
});
