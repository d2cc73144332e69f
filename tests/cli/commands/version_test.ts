import { strict as assert } from "node:assert";
import project from "../../../deno.json" with { type: "json" };
import { versionCommand } from "../../../src/cli/commands/version.ts";
import { Flags } from "../../../src/cli/flags.ts";
import { FakeIo } from "../fake_io.ts";

async function versionAs(output: string): Promise<string> {
  const io = new FakeIo();
  const flags = new Flags(new Map([["output", output]]));
  assert.equal(await versionCommand.run({ args: [], flags }, io), 0);
  return io.stdout.text;
}

Deno.test("version shows the version, the runtime and the platform", async () => {
  assert.equal(
    await versionAs("text"),
    `k8scr ${project.version} (${Deno.build.os} ${Deno.build.arch}, Deno ${Deno.version.deno})\n`,
  );
});

Deno.test("version shows the same as JSON", async () => {
  assert.deepEqual(JSON.parse(await versionAs("json")), {
    version: project.version,
    deno: Deno.version.deno,
    os: Deno.build.os,
    arch: Deno.build.arch,
  });
});
