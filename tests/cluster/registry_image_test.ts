import { strict as assert } from "node:assert";
import { join } from "node:path";
import { type EngineKind, withEngine } from "./support/engines.ts";
import { runProgram } from "./support/program.ts";
import { OWN_IMAGE } from "./support/registry_up.ts";
import { once, Scratch } from "./support/scratch.ts";

const scratch = new Scratch();

const archive = once(async () => {
  const path = join(await scratch.folder("image"), "k8scr.tar");
  const made = await runProgram(["registry", "image", "--output", path]);
  assert.equal(made.code, 0, made.stderr);
  return path;
});

Deno.test.afterAll(() => scratch.remove());

for (const kind of ["docker", "podman"] satisfies EngineKind[]) {
  Deno.test(`${kind} loads k8scr's own image, and runs it`, async () => {
    const here = await runProgram(["version"]);
    await withEngine(kind, async (engine) => {
      await engine.load(await archive());
      assert.equal(await engine.run(OWN_IMAGE, "version"), here.stdout);
      const check = ["serve", "--check", "--data", "/data"];
      assert.match(await engine.run(OWN_IMAGE, ...check), /^0 repositories, /);
    });
  });
}
