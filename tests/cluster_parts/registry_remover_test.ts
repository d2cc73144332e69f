import { strict as assert } from "node:assert";
import { applyRegistry } from "../../src/cluster/registry_applier.ts";
import { removeRegistry } from "../../src/cluster/registry_remover.ts";
import { corePath, MemoryCluster } from "./memory_cluster.ts";
import { planOf } from "./registry_plans.ts";

const REGISTRY = { name: "k8scr", namespace: "infra" };

async function clusterWithRegistry(): Promise<MemoryCluster> {
  const cluster = new MemoryCluster();
  const plan = planOf({
    software: "distribution",
    storage: { kind: "pvc", size: "1Gi" },
  });
  const { api } = cluster;
  await applyRegistry(plan, { api, dryRun: false, onApplied: () => {} });
  return cluster;
}

async function remove(
  cluster: MemoryCluster,
  deleteData: boolean,
): Promise<readonly string[]> {
  const removed: string[] = [];
  const { api } = cluster;
  const count = await removeRegistry(REGISTRY, {
    api,
    deleteData,
    onRemoved: (title) => removed.push(title),
  });
  assert.equal(count, removed.length);
  return removed;
}

Deno.test("removeRegistry() keeps the claim unless content is to go", async () => {
  const cluster = await clusterWithRegistry();
  assert.deepEqual(await remove(cluster, false), [
    "statefulset/k8scr",
    "service/k8scr",
    "secret/k8scr-http",
  ]);
  assert.deepEqual([...cluster.objects.keys()], [
    corePath("persistentvolumeclaims", "k8scr"),
  ]);
  assert.deepEqual(await remove(cluster, true), [
    "persistentvolumeclaim/k8scr",
  ]);
  assert.deepEqual(await remove(cluster, true), []);
});

Deno.test("removeRegistry() leaves what k8scr did not make", async () => {
  const cluster = new MemoryCluster();
  const path = corePath("services", "k8scr");
  cluster.objects.set(path, { metadata: { name: "k8scr" } });
  assert.deepEqual(await remove(cluster, true), []);
  assert.ok(cluster.objects.has(path));
});
