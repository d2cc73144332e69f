import { strict as assert } from "node:assert";
import { pushCommandLine } from "../../src/cli/push_command_line.ts";
import type { ConnectionFlags } from "../../src/kube/connection_flags.ts";
import { corePath, MemoryCluster } from "../cluster_parts/memory_cluster.ts";
import { addPod } from "../cluster_parts/registry_scenes.ts";

function commandFor(
  cluster: MemoryCluster,
  name: string,
  connection: ConnectionFlags = {},
): Promise<string> {
  const registry = { name, namespace: "infra" };
  const usage = "k8scr";
  return pushCommandLine(registry, { api: cluster.api, connection, usage });
}

Deno.test("pushCommandLine() names nothing that goes without saying", async () => {
  const cluster = new MemoryCluster();
  addPod(cluster);
  assert.equal(await commandFor(cluster, "k8scr"), "k8scr push IMAGE");
});

Deno.test("pushCommandLine() names the Pod of a registry with another name", async () => {
  const cluster = new MemoryCluster();
  assert.equal(
    await commandFor(cluster, "images"),
    "k8scr push -r images-0 IMAGE",
  );
});

Deno.test("pushCommandLine() names the Pod where another would be taken", async () => {
  const cluster = new MemoryCluster();
  const long = "k8scr push -r k8scr-0 IMAGE";
  addPod(cluster, { name: "k8scr" });
  assert.equal(await commandFor(cluster, "k8scr"), long);
  cluster.refusals.set(`GET ${corePath("pods", "k8scr")}`, 403);
  assert.equal(await commandFor(cluster, "k8scr"), long);
});

Deno.test("pushCommandLine() repeats what says where the cluster is, and no secret", async () => {
  const command = await commandFor(new MemoryCluster(), "k8scr", {
    kubeconfig: "my files/config",
    context: "user@prod",
    namespace: "infra",
    token: "secret",
    as: "admin",
  });
  assert.equal(
    command,
    "k8scr push --kubeconfig 'my files/config' --context user@prod -n infra IMAGE",
  );
});
