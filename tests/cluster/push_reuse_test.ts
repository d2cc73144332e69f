import { strict as assert } from "node:assert";
import { freePort, withNamespace } from "./support/cluster.ts";
import { outputOfPod } from "./support/pod_output.ts";
import { assertDone, push } from "./support/pushes.ts";
import { crane } from "./support/readers.ts";
import { REGISTRY_KINDS, startRegistry } from "./support/registries.ts";
import { once, Scratch } from "./support/scratch.ts";
import { makeScriptImage } from "./support/script_images.ts";

const scratch = new Scratch();
const archive = once(async () =>
  await makeScriptImage(await scratch.folder("reuse"), "reuse")
);

Deno.test.afterAll(() => scratch.remove());

for (const kind of REGISTRY_KINDS) {
  Deno.test(`a second push of a docker-archive to ${kind} sends nothing`, async () => {
    await withNamespace("push-reuse", async (namespace) => {
      const registry = await startRegistry(namespace, kind);
      const first = await push(registry, [await archive()]);
      assertDone(first);
      const plan = await push(registry, [await archive(), "--dry-run"]);
      assert.match(plan.stdout, /would send at most 0 B/);
      const second = await push(registry, [await archive(), "-o", "json"]);
      assertDone(second);
      assert.equal(JSON.parse(second.stdout).bytesSent, 0);
      const [{ digest }] = JSON.parse(second.stdout).images;
      assert.equal(first.stdout, `forms/reuse:1@${digest}\n`);
    });
  });

  Deno.test(`push takes layers from what another tool pushed to ${kind}`, async () => {
    await withNamespace("push-reuse", async (namespace) => {
      const hostPort = freePort();
      const registry = await startRegistry(namespace, kind, { hostPort });
      const other = `${registry.address}/forms/reuse-of-crane:0`;
      await crane("push", await archive(), other);
      const result = await push(registry, [await archive(), "-o", "json"]);
      assertDone(result);
      const { images: [{ parts }] } = JSON.parse(result.stdout);
      const layers = parts.filter(({ kind }: { kind: string }) =>
        kind === "layer"
      );
      // The registry of crane has one store for all repositories.
      const expected = kind === "crane" ? "existing" : "mounted";
      for (const { outcome } of layers) assert.equal(outcome, expected);
      const name = "forms/reuse:1";
      await crane("validate", "--remote", `${registry.address}/${name}`);
      const output = await outputOfPod(
        namespace,
        `localhost:${hostPort}/${name}`,
      );
      assert.equal(output, "this is reuse\n");
    });
  });
}

Deno.test("push --no-reuse makes the same image whatever the registry holds", async () => {
  await withNamespace("push-reuse", async (namespace) => {
    const registry = await startRegistry(namespace);
    const first = await push(registry, [await archive(), "--as", "a:1"]);
    assertDone(first);
    await crane("push", await archive(), `${registry.address}/b:0`);
    const args = [await archive(), "--as", "b:1", "--no-reuse"];
    const second = await push(registry, args);
    assertDone(second);
    const digestOf = (line: string) => line.split("@")[1];
    assert.equal(digestOf(second.stdout), digestOf(first.stdout));
  });
});

for (const compression of ["gzip", "none"]) {
  Deno.test(`push --compression auto takes the layers that are there as ${compression}`, async () => {
    await withNamespace("push-reuse", async (namespace) => {
      const hostPort = freePort();
      const registry = await startRegistry(namespace, "distribution-3", {
        hostPort,
      });
      const path = await archive();
      const first = await push(registry, [path, "--compression", compression]);
      assertDone(first);
      const args = ["--compression", "auto", "-o", "json"];
      const second = await push(registry, [path, ...args]);
      assertDone(second);
      assert.equal(JSON.parse(second.stdout).bytesSent, 0);
      const [{ digest }] = JSON.parse(second.stdout).images;
      assert.equal(first.stdout, `forms/reuse:1@${digest}\n`);
      const output = await outputOfPod(
        namespace,
        `localhost:${hostPort}/forms/reuse:1`,
      );
      assert.equal(output, "this is reuse\n");
    });
  });
}
