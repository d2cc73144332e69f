import { strict as assert } from "node:assert";
import { withNamespace } from "./support/cluster.ts";
import { succeed } from "./support/command.ts";
import { layoutForm } from "./support/image_form.ts";
import { assertDone, assertPushed, push } from "./support/pushes.ts";
import { listTags } from "./support/readers.ts";
import { REGISTRY_KINDS, startRegistry } from "./support/registries.ts";
import { once, Scratch } from "./support/scratch.ts";
import { makeScriptImage } from "./support/script_images.ts";

const scratch = new Scratch();
const layout = once(async () => {
  const archive = await makeScriptImage(await scratch.folder("again"), "again");
  const path = scratch.path("layout");
  await succeed([
    ...["skopeo", "copy", "--quiet"],
    ...[`docker-archive:${archive}`, `oci:${path}:k8scr.test/forms/again:1`],
  ]);
  return await layoutForm("layout", path);
});

Deno.test.afterAll(() => scratch.remove());

Deno.test("push --dry-run prints the digest and sends nothing", async () => {
  const { source, images } = await layout();
  await withNamespace("push-again", async (namespace) => {
    const registry = await startRegistry(namespace);
    const result = await push(registry, [source, "--dry-run"]);
    assertDone(result);
    assert.ok(result.stdout.includes(images[0]?.digest ?? "?"), result.stdout);
    assert.deepEqual(await listTags(registry, "forms/again"), []);
  });
});

for (const kind of REGISTRY_KINDS) {
  Deno.test(`a second push of a layout to ${kind} sends nothing`, async () => {
    const form = await layout();
    await withNamespace("push-again", async (namespace) => {
      const registry = await startRegistry(namespace, kind);
      await assertPushed(registry, form);
      const result = await push(registry, [form.source, "-o", "json"]);
      assertDone(result);
      assert.equal(JSON.parse(result.stdout).bytesSent, 0);
    });
  });
}
