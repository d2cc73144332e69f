import { allowPush } from "./support/access.ts";
import { kubectl, withNamespace } from "./support/cluster.ts";
import { imagesOfDockerArchive } from "./support/expected_images.ts";
import {
  assertDone,
  assertFailed,
  assertPrinted,
  push,
} from "./support/pushes.ts";
import { manifestsIn } from "./support/printed_manifests.ts";
import { startRegistry } from "./support/registries.ts";
import { once, Scratch } from "./support/scratch.ts";
import { makeScriptImage } from "./support/script_images.ts";

const scratch = new Scratch();
const archive = once(async () =>
  await makeScriptImage(await scratch.folder("access"), "access")
);

Deno.test.afterAll(() => scratch.remove());

for (const user of ["pusher", "token"] as const) {
  Deno.test(`push needs no right but pods/proxy of its Pod: ${user}`, async () => {
    await withNamespace("push-access", async (namespace) => {
      const registry = await startRegistry(namespace, "distribution-3");
      const other = await startRegistry(namespace, "crane");
      await allowPush(registry);
      const result = await push(registry, [await archive()], { user });
      assertDone(result);
      const images = await imagesOfDockerArchive(await archive());
      await assertPrinted(registry, result, images);
      const refused = await push(other, [await archive()], { user });
      assertFailed(refused, 3, /pods\/proxy/, /resourceNames/);
    });
  });
}

Deno.test("push without any right prints the Role and the binding that allow it", async () => {
  await withNamespace("push-access", async (namespace) => {
    const registry = await startRegistry(namespace, "distribution-3");
    const user = "nobody";
    const refused = await push(registry, [await archive()], { user });
    assertFailed(refused, 3, /forbidden/i, /kind: Role\b/);
    await kubectl(["apply", "-f", "-"], manifestsIn(refused.stderr));
    assertDone(await push(registry, [await archive()], { user }));
  });
});
