import { strict as assert } from "node:assert";
import { kubectl, withNamespace } from "./support/cluster.ts";
import { manifestsIn } from "./support/printed_manifests.ts";
import { runProgram } from "./support/program.ts";
import { assertDone, assertFailed, push } from "./support/pushes.ts";
import {
  DISTRIBUTION_IMAGE,
  importDistribution,
  registryUp,
} from "./support/registry_up.ts";
import { Scratch } from "./support/scratch.ts";
import { makeScriptImage } from "./support/script_images.ts";

const scratch = new Scratch();

Deno.test.afterAll(() => scratch.remove());

Deno.test("rbac opens the Pods of one registry to those who are named", async () => {
  await importDistribution(await scratch.folder("distribution"));
  const image = await makeScriptImage(await scratch.folder("image"), "rbac");
  await withNamespace("rbac", async (namespace) => {
    const flags = ["--image", DISTRIBUTION_IMAGE, "--storage", "emptyDir"];
    await registryUp(namespace, flags);
    await registryUp(namespace, ["other", ...flags]);
    const mine = { target: "k8scr-0", namespace };
    const rbac = async (...args: string[]) => {
      const result = await runProgram(["rbac", "-n", namespace, ...args]);
      assert.equal(result.code, 0, result.stderr);
      return result.stdout;
    };
    const user = "pusher";
    assertFailed(await push(mine, [image], { user }), 3, /pods\/proxy/);

    assert.equal(
      await rbac("--group", "pushers", "--read-only", "--apply"),
      "role/k8scr-pull created\nrolebinding/k8scr-pull created\n",
    );
    assertFailed(await push(mine, [image], { user }), 3, /pods\/proxy/);

    const yaml = await rbac("--group", "pushers");
    await kubectl(["apply", "-f", "-"], yaml);
    const allowed = await push(mine, [image], { user });
    assertDone(allowed);
    assert.match(allowed.stderr, /^Pod specs use: image: localhost:\d+\//m);
    assertDone(
      await push({ ...mine, target: "k8scr-0:5000" }, [image], { user }),
    );
    const other = { target: "other-0", namespace };
    assertFailed(await push(other, [image], { user }), 3, /pods\/proxy/);
    assertFailed(await push(mine, [image], { user: "nobody" }), 3, /forbidden/);
  });
});

Deno.test("push to what registry up made needs no right but the one that it asks for, and then says nothing of nodes", async () => {
  await importDistribution(await scratch.folder("distribution"));
  const image = await makeScriptImage(await scratch.folder("image"), "bare");
  await withNamespace("rbac", async (namespace) => {
    await registryUp(namespace, [
      ...["--image", DISTRIBUTION_IMAGE, "--storage", "emptyDir"],
    ]);
    const user = "nobody";
    for (const target of ["k8scr", "k8scr-0"]) {
      const refused = await push({ target, namespace }, [image], { user });
      assertFailed(refused, 3, /pods\/proxy/);
      const role = manifestsIn(refused.stderr);
      await kubectl(["apply", "-f", "-"], role);
      // Without a flag the one Pod that is allowed will do.
      for (const allowed of new Set([target, "k8scr"])) {
        const mine = { target: allowed, namespace };
        const pushed = await push(mine, [image], { user });
        assertDone(pushed);
        assert.doesNotMatch(pushed.stderr, /Pod specs|forbidden|warning/);
      }
      await kubectl(["delete", "-f", "-"], role);
    }
  });
});
