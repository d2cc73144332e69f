import { strict as assert } from "node:assert";
import {
  planInCluster,
  planRegistry,
  type RegistryWish,
} from "../../src/cluster/plan_registry.ts";
import type { RegistryPlan } from "../../src/cluster/registry_plan.ts";
import { RegistryWishError } from "../../src/cluster/registry_wish_error.ts";
import { MemoryCluster } from "./memory_cluster.ts";
import { addSet } from "./registry_scenes.ts";

const CONTEXT = { namespace: "infra", version: "1.2.3" };
const OWN = "k8scr.local/k8scr:1.2.3";

function wish(changes: Partial<RegistryWish> = {}): RegistryWish {
  return {
    name: "k8scr",
    access: { mode: "service" },
    replicas: 1,
    ...changes,
  };
}

function plan(changes: Partial<RegistryWish> = {}): RegistryPlan {
  return planRegistry(wish(changes), CONTEXT);
}

function planIn(
  cluster: MemoryCluster,
  changes: Partial<RegistryWish> = {},
): Promise<RegistryPlan> {
  return planInCluster(wish(changes), { ...CONTEXT, api: cluster.api });
}

function addNode(cluster: MemoryCluster, name: string, images: string[]): void {
  cluster.objects.set(`/api/v1/nodes/${name}`, {
    metadata: { name },
    status: { images: images.map((image) => ({ names: [image] })) },
  });
}

Deno.test("planRegistry() runs this program's own image, which nobody can pull", () => {
  const { image, pullPolicy, software, storage } = plan();
  assert.deepEqual({ image, pullPolicy, software, storage }, {
    image: OWN,
    pullPolicy: "Never",
    software: "k8scr",
    storage: { kind: "pvc", size: "10Gi" },
  });
});

Deno.test("planRegistry() takes what is wished for", () => {
  const { image, pullPolicy, software, nodes, storageClass } = plan({
    image: "mirror/k8scr:1",
    software: "distribution",
    node: "node-2",
    storageClass: "fast",
  });
  assert.equal(image, "mirror/k8scr:1");
  assert.equal(pullPolicy, "IfNotPresent");
  assert.equal(software, "distribution");
  assert.deepEqual(nodes, ["node-2"]);
  assert.equal(storageClass, "fast");
});

Deno.test("planRegistry() has several Pods only where they can share content", () => {
  const replicas = 2;
  assert.throws(() => plan({ replicas }), {
    name: "RegistryWishError",
    message: /Cannot run 2 replicas of k8scr: one process owns its store/,
  });
  assert.throws(
    () => plan({ replicas, image: "registry:3", storage: { kind: "memory" } }),
    /Cannot run 2 replicas with --storage memory/,
  );
  assert.equal(plan({ replicas, image: "registry:3" }).replicas, 2);
});

Deno.test("planInCluster() keeps to the nodes that have the image", async () => {
  const cluster = new MemoryCluster();
  addNode(cluster, "a", [OWN, "other:1"]);
  assert.deepEqual((await planIn(cluster)).nodes, []);
  addNode(cluster, "b", ["other:1"]);
  assert.deepEqual((await planIn(cluster)).nodes, ["a"]);
  assert.deepEqual((await planIn(cluster, { node: "a" })).nodes, ["a"]);
  await assert.rejects(
    planIn(cluster, { node: "b" }),
    /the node "b" does not have "k8scr.local\/k8scr:1.2.3"/,
  );
});

Deno.test("planInCluster() shows the ways to an image where no node has one", async () => {
  const cluster = new MemoryCluster();
  addNode(cluster, "a", []);
  await assert.rejects(
    planIn(cluster),
    (error) =>
      error instanceof RegistryWishError &&
      /no node has "k8scr.local\/k8scr:1.2.3"/.test(error.message) &&
      /k8scr registry image --output/.test(error.message) &&
      /--image registry:3/.test(error.message),
  );
  const { image } = await planIn(cluster, { image: "registry:3" });
  assert.equal(image, "registry:3");
});

Deno.test("planInCluster() leaves content where it is", async () => {
  const cluster = new MemoryCluster();
  const image = "registry:3";
  addSet(cluster, {
    annotations: {
      "k8scr/storage": "pvc:50Gi",
      "k8scr/software": "distribution",
    },
  });
  const claim = { kind: "pvc", size: "50Gi" };
  assert.deepEqual((await planIn(cluster, { image })).storage, claim);
  const unsized = await planIn(cluster, { image, storage: { kind: "pvc" } });
  assert.deepEqual(unsized.storage, claim);
  const larger = { kind: "pvc", size: "80Gi" } as const;
  assert.deepEqual(
    (await planIn(cluster, { image, storage: larger })).storage,
    larger,
  );
  await assert.rejects(
    planIn(cluster, { image, storage: { kind: "hostPath", path: "/srv" } }),
    /Cannot move the registry "k8scr" to --storage hostPath:\/srv: its content is in pvc:50Gi\n/,
  );
});

Deno.test("planInCluster() does not hand content to a program that cannot read it", async () => {
  const cluster = new MemoryCluster();
  addSet(cluster, {
    annotations: {
      "k8scr/storage": "memory",
      "k8scr/software": "distribution",
    },
  });
  await assert.rejects(
    planIn(cluster, { image: "mirror/k8scr:1" }),
    /Cannot run k8scr in the registry "k8scr": its content was written by distribution/,
  );
});
