import { strict as assert } from "node:assert";
import type { ClusterObject } from "../../src/cluster/cluster_object.ts";
import {
  applyObject,
  createOnce,
  readObject,
} from "../../src/cluster/object_applier.ts";
import { KubernetesError } from "../../src/kube/status_error.ts";
import { corePath, MemoryCluster } from "./memory_cluster.ts";

const PATH = corePath("configmaps", "k8scr");

function configMap(value: string): ClusterObject {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {
      name: "k8scr",
      namespace: "infra",
      labels: { "app.kubernetes.io/managed-by": "k8scr" },
    },
    data: { value },
  };
}

Deno.test("applyObject() tells whether it created, changed or left an object", async () => {
  const cluster = new MemoryCluster();
  const { api } = cluster;
  const outcomes: string[] = [];
  for (const value of ["a", "a", "b"]) {
    const { title, outcome } = await applyObject(configMap(value), { api });
    outcomes.push(`${title} ${outcome}`);
  }
  assert.deepEqual(outcomes, [
    "configmap/k8scr created",
    "configmap/k8scr unchanged",
    "configmap/k8scr changed",
  ]);
});

Deno.test("applyObject() changes nothing in a dry run, and says what would", async () => {
  const cluster = new MemoryCluster();
  const { api } = cluster;
  await applyObject(configMap("a"), { api });
  const applied = await applyObject(configMap("b"), { api, dryRun: true });
  assert.deepEqual(applied.changes, [
    { field: "data.value", before: '"a"', after: '"b"' },
  ]);
  assert.deepEqual(cluster.objects.get(PATH)?.data, { value: "a" });
});

Deno.test("applyObject() leaves alone what k8scr did not make", async () => {
  const cluster = new MemoryCluster();
  cluster.objects.set(PATH, { metadata: { name: "k8scr" }, data: {} });
  await assert.rejects(
    applyObject(configMap("a"), { api: cluster.api }),
    /Cannot use the name "k8scr": configmap\/k8scr is in namespace "infra" already/,
  );
  assert.deepEqual(cluster.objects.get(PATH)?.data, {});
});

Deno.test("createOnce() keeps what is there, whoever made it", async () => {
  const cluster = new MemoryCluster();
  const { api } = cluster;
  const dry = await createOnce(configMap("a"), { api, dryRun: true });
  assert.equal(dry.outcome, "created");
  assert.equal(
    cluster.requests.at(-1),
    "POST /api/v1/namespaces/infra/configmaps?dryRun=All",
  );
  assert.equal(cluster.objects.size, 0);
  assert.equal((await createOnce(configMap("a"), { api })).outcome, "created");
  const again = await createOnce(configMap("b"), { api });
  assert.equal(again.outcome, "unchanged");
  assert.deepEqual(cluster.objects.get(PATH)?.data, { value: "a" });
});

Deno.test("readObject() tells absence from refusal", async () => {
  const cluster = new MemoryCluster();
  assert.equal(await readObject(cluster.api, PATH), undefined);
  cluster.refusals.set(`GET ${PATH}`, 403);
  await assert.rejects(readObject(cluster.api, PATH), KubernetesError);
});
