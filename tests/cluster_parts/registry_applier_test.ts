import { strict as assert } from "node:assert";
import { applyRegistry } from "../../src/cluster/registry_applier.ts";
import { corePath, MemoryCluster } from "./memory_cluster.ts";
import { planOf } from "./registry_plans.ts";

Deno.test("applyRegistry() makes the secret once, and tells of each object", async () => {
  const cluster = new MemoryCluster();
  const plan = planOf({ software: "distribution" });
  const secrets: unknown[] = [];
  const told: string[] = [];
  for (const _ of ["first", "second"]) {
    await applyRegistry(plan, {
      api: cluster.api,
      dryRun: false,
      onApplied: ({ title, outcome }) => told.push(`${title} ${outcome}`),
    });
    const secret = cluster.objects.get(corePath("secrets", "k8scr-http"));
    secrets.push(secret?.stringData);
  }
  assert.deepEqual(told, [
    "secret/k8scr-http created",
    "service/k8scr created",
    "statefulset/k8scr created",
    "secret/k8scr-http unchanged",
    "service/k8scr unchanged",
    "statefulset/k8scr unchanged",
  ]);
  assert.match(JSON.stringify(secrets[0]), /^\{"secret":"[0-9a-f]{64}"\}$/);
  assert.deepEqual(secrets[1], secrets[0]);
});

Deno.test("applyRegistry() writes nothing in a dry run", async () => {
  const cluster = new MemoryCluster();
  const plan = planOf({ storage: { kind: "pvc", size: "1Gi" } });
  const applied = await applyRegistry(plan, {
    api: cluster.api,
    dryRun: true,
    onApplied: () => {},
  });
  assert.deepEqual(applied.map(({ title }) => title), [
    "persistentvolumeclaim/k8scr",
    "service/k8scr",
    "statefulset/k8scr",
  ]);
  assert.equal(cluster.objects.size, 0);
});
