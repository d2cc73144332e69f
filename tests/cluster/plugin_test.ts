import { strict as assert } from "node:assert";
import { delimiter, join } from "node:path";
import { withNamespace } from "./support/cluster.ts";
import { succeed } from "./support/command.ts";
import { imagesOfDockerArchive } from "./support/expected_images.ts";
import {
  type ProgramOptions,
  programPath,
  runProgram,
} from "./support/program.ts";
import { assertDone, assertPrinted } from "./support/pushes.ts";
import { startRegistry } from "./support/registries.ts";
import { once, Scratch } from "./support/scratch.ts";
import { makeScriptImage } from "./support/script_images.ts";

const scratch = new Scratch();
/** Environment in which kubectl finds the program as its plugin. */
const environment = once(async () => {
  const folder = await scratch.folder("bin");
  for (const name of ["kubectl-k8scr", "kubectl_complete-k8scr"]) {
    await Deno.symlink(programPath(), join(folder, name));
  }
  return { PATH: `${folder}${delimiter}${Deno.env.get("PATH")}` };
});

Deno.test.afterAll(() => scratch.remove());

Deno.test("kubectl k8scr push pushes", async () => {
  const folder = await scratch.folder("plugin");
  const archive = await makeScriptImage(folder, "plugin");
  await withNamespace("plugin", async (namespace) => {
    const registry = await startRegistry(namespace);
    const result = await kubectlPlugin([
      ...["push", archive, "-r", registry.target, "-n", namespace],
    ]);
    assertDone(result);
    const images = await imagesOfDockerArchive(archive);
    await assertPrinted(registry, result, images);
  });
});

Deno.test("kubectl k8scr --help calls itself kubectl k8scr", async () => {
  const { code, stdout } = await kubectlPlugin(["push", "--help"]);
  assert.equal(code, 0);
  assert.match(stdout, /kubectl k8scr push/);
});

Deno.test("kubectl hands the plugin's exit code on", async () => {
  const { code } = await kubectlPlugin(["push", "--no-such-flag"]);
  assert.equal(code, 2);
});

Deno.test("kubectl completes the plugin's commands", async () => {
  const env = await environment();
  const stdout = await succeed(["kubectl", "__complete", "k8scr", "pu"], {
    env,
  });
  assert.match(stdout, /^push\b/m);
});

async function kubectlPlugin(args: readonly string[]) {
  const command = ["kubectl", "k8scr"];
  const options: ProgramOptions = { command, env: await environment() };
  return await runProgram(args, options);
}
