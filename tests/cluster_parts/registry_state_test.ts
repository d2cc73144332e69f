import { strict as assert } from "node:assert";
import { readPods, readRegistry } from "../../src/cluster/registry_state.ts";
import { MemoryCluster, setPath } from "./memory_cluster.ts";
import { addPod, addSet } from "./registry_scenes.ts";

const REGISTRY = { name: "k8scr", namespace: "infra" };

Deno.test("readRegistry() reads a StatefulSet and its Pods", async () => {
  const cluster = new MemoryCluster();
  addSet(cluster, {
    isSettled: true,
    annotations: { "k8scr/storage": "pvc:1Gi", "k8scr/software": "zot" },
  });
  addPod(cluster, { isReady: true, lastWords: "no room" });
  assert.deepEqual(await readRegistry(cluster.api, REGISTRY), {
    uid: "set-k8scr",
    image: "registry:3",
    software: "zot",
    storage: "pvc:1Gi",
    isOurs: true,
    replicas: 1,
    isSettled: true,
    pods: [{
      name: "k8scr-0",
      uid: "pod-k8scr-0",
      node: "node-1",
      isReady: true,
      state: "Running",
      restarts: 3,
      lastWords: "no room",
    }],
  });
});

Deno.test("readRegistry() finds nothing where there is nothing", async () => {
  const cluster = new MemoryCluster();
  assert.equal(await readRegistry(cluster.api, REGISTRY), undefined);
});

Deno.test("readRegistry() waits for the controller to have seen a change", async () => {
  const cluster = new MemoryCluster();
  addSet(cluster, { isSettled: true });
  const set = cluster.objects.get(setPath("k8scr"));
  Object.assign(set ?? {}, {
    metadata: { name: "k8scr", uid: "set-k8scr", generation: 3 },
  });
  const state = await readRegistry(cluster.api, REGISTRY);
  assert.equal(state?.isSettled, false);
});

Deno.test("readPods() asks for the Pods of one registry", async () => {
  const cluster = new MemoryCluster();
  addPod(cluster, { name: "k8scr-1" });
  addPod(cluster, { name: "k8scr-0" });
  const pods = await readPods(cluster.api, REGISTRY);
  assert.deepEqual(pods.map(({ name }) => name), ["k8scr-0", "k8scr-1"]);
  assert.equal(
    cluster.requests[0],
    "GET /api/v1/namespaces/infra/pods?labelSelector=" +
      "app.kubernetes.io/name=k8scr-registry,app.kubernetes.io/instance=k8scr",
  );
});
