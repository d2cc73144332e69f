import { strict as assert } from "node:assert";
import {
  findObstacle,
  type Obstacle,
} from "../../src/cluster/registry_obstacle.ts";
import { readRegistry } from "../../src/cluster/registry_state.ts";
import { corePath, MemoryCluster } from "./memory_cluster.ts";
import { addEvent, addPod, addSet, type PodScene } from "./registry_scenes.ts";

const REGISTRY = { name: "k8scr", namespace: "infra" };

async function obstacleOf(
  cluster: MemoryCluster,
  oldEvents: ReadonlySet<string> = new Set(),
): Promise<Obstacle> {
  const { api } = cluster;
  const state = await readRegistry(api, REGISTRY);
  assert.ok(state);
  return await findObstacle(REGISTRY, state, { api, oldEvents });
}

function clusterWith(pod?: PodScene): MemoryCluster {
  const cluster = new MemoryCluster();
  addSet(cluster);
  if (pod !== undefined) addPod(cluster, pod);
  return cluster;
}

Deno.test("findObstacle() tells why no Pod can be made", async () => {
  const cluster = clusterWith();
  addEvent(cluster, "set-k8scr", {
    reason: "FailedCreate",
    message: 'pods "k8scr-0" is forbidden: violates PodSecurity "restricted"',
  });
  const obstacle = await obstacleOf(cluster);
  assert.match(obstacle.text, /^no Pod can be made: pods "k8scr-0" is forb/);
  assert.match(obstacle.advice, /kubectl label namespace infra pod-security/);
  assert.equal(obstacle.isFinal, true);
});

Deno.test("findObstacle() does not take an old failure for a new one", async () => {
  const cluster = clusterWith();
  addEvent(cluster, "set-k8scr", { reason: "FailedCreate", message: "quota" });
  const obstacle = await obstacleOf(cluster, new Set(["event-1/1"]));
  assert.deepEqual(obstacle, {
    text: "its Pod is being made",
    advice: "",
    isFinal: false,
  });
});

Deno.test("findObstacle() tells why a claim has no volume", async () => {
  const cluster = clusterWith({
    node: "",
    phase: "Pending",
    unschedulable: "pod has unbound immediate PersistentVolumeClaims",
  });
  cluster.objects.set(corePath("persistentvolumeclaims", "k8scr"), {
    metadata: { uid: "claim" },
    status: { phase: "Pending" },
  });
  addEvent(cluster, "claim", {
    reason: "FailedBinding",
    message: "no storage class is set",
  });
  const obstacle = await obstacleOf(cluster);
  assert.equal(
    obstacle.text,
    "the claim k8scr has no volume yet (FailedBinding: no storage class is set)",
  );
  assert.equal(obstacle.isFinal, false);
});

Deno.test("findObstacle() tells why no node takes a Pod", async () => {
  const obstacle = await obstacleOf(clusterWith({
    node: "",
    phase: "Pending",
    unschedulable: "0/1 nodes are available: 1 Insufficient cpu.",
  }));
  assert.equal(
    obstacle.text,
    "Pod k8scr-0 is Pending: 0/1 nodes are available: 1 Insufficient cpu.",
  );
  assert.equal(obstacle.isFinal, false);
});

Deno.test("findObstacle() waits for a pull that may yet succeed, not for a back-off", async () => {
  const pull = (reason: string) =>
    obstacleOf(clusterWith({ waiting: { reason, message: "no such host" } }));
  const first = await pull("ErrImagePull");
  assert.equal(first.text, "Pod k8scr-0 is ErrImagePull: no such host");
  assert.equal(first.isFinal, false);
  assert.match(first.advice, /the image "registry:3" or be able to pull it/);
  for (const reason of ["ImagePullBackOff", "ErrImageNeverPull"]) {
    const { isFinal, stuckPod } = await pull(reason);
    assert.deepEqual({ isFinal, stuckPod }, {
      isFinal: true,
      stuckPod: "k8scr-0",
    });
  }
});

Deno.test("findObstacle() repeats the last words of a program that ends", async () => {
  const lines = Array.from({ length: 9 }, (_, index) => `line ${index}`);
  const obstacle = await obstacleOf(clusterWith({
    waiting: { reason: "CrashLoopBackOff", message: "back-off 10s" },
    lastWords: `${lines.join("\n")}\u001b[31m red\n`,
  }));
  assert.equal(
    obstacle.text,
    'Pod k8scr-0 is CrashLoopBackOff: back-off 10s; the container "registry" ended with exit code 1',
  );
  assert.equal(
    obstacle.advice,
    "Its last words:\n  line 4\n  line 5\n  line 6\n  line 7\n" +
      "  line 8 [31m red\nSee kubectl logs k8scr-0 -n infra --previous",
  );
  assert.equal(obstacle.isFinal, true);
});

Deno.test("findObstacle() says more of a Pod that is not ready than its phase", async () => {
  const cluster = clusterWith({});
  addEvent(cluster, "pod-k8scr-0", {
    reason: "Unhealthy",
    message: "Readiness probe failed: 503",
  });
  const { text, isFinal } = await obstacleOf(cluster);
  assert.equal(
    text,
    "Pod k8scr-0 is Running, not ready (Unhealthy: Readiness probe failed: 503)",
  );
  assert.equal(isFinal, false);
});

Deno.test("findObstacle() knows that ready Pods may be the old ones", async () => {
  const { text } = await obstacleOf(clusterWith({ isReady: true }));
  assert.equal(text, "its Pods are being replaced");
});
