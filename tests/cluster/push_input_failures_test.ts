import { strict as assert } from "node:assert";
import { withNamespace } from "./support/cluster.ts";
import { writeFaultySources } from "./support/faulty_sources.ts";
import { programPath } from "./support/program.ts";
import { assertFailed, push } from "./support/pushes.ts";
import { startRegistry } from "./support/registries.ts";
import { Scratch } from "./support/scratch.ts";
import { makeScriptImage } from "./support/script_images.ts";

const scratch = new Scratch();

Deno.test.afterAll(() => scratch.remove());

Deno.test("push ends with 2 for a source that", async (t) => {
  const sources = await writeFaultySources(await scratch.folder("faulty"));
  await withNamespace("push-inputs", async (namespace) => {
    const registry = await startRegistry(namespace, "distribution-3");
    for (const { fault, name, source, messages } of sources) {
      await t.step(fault, async () => {
        const result = await push(registry, [source]);
        assertFailed(result, 2, /^error\b.*: Cannot /m, ...messages);
        const [repository, tag] = name.split(":");
        const path = `${repository}/manifests/${tag}`;
        const tagged = await fetch(`http://${registry.address}/v2/${path}`);
        await tagged.body?.cancel();
        assert.equal(tagged.status, 404);
      });
    }
  });
});

Deno.test("push ends with 2 for a file that it may not read", async () => {
  const path = await makeScriptImage(await scratch.folder("secret"), "secret");
  await Deno.chmod(path, 0);
  // Nothing is forbidden to root, and keys of clients to everybody else.
  const command = Deno.uid() === 0
    ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    : [];
  const registry = { target: "k8scr:5000", namespace: "default" };
  const result = await push(registry, [path], {
    user: "token",
    command: [...command, programPath()],
  });
  assertFailed(result, 2, /^error in the input: Cannot read /, /permission/i);
});
