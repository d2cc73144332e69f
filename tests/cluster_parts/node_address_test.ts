import { strict as assert } from "node:assert";
import {
  addressOf,
  nodeAddress,
  readService,
} from "../../src/cluster/node_address.ts";
import { registryObjects } from "../../src/cluster/registry_objects.ts";
import { ConnectionError } from "../../src/http/connection_error.ts";
import { ConfigObject } from "../../src/kube/config_object.ts";
import { KubeApi } from "../../src/kube/kube_api.ts";
import { corePath, MemoryCluster } from "./memory_cluster.ts";
import { planOf } from "./registry_plans.ts";

function clusterWithService(mode: "service" | "host"): MemoryCluster {
  const cluster = new MemoryCluster();
  const port = mode === "host" ? 5001 : 30500;
  const objects = registryObjects(planOf({ access: { mode, port } }));
  const service = objects.find(({ kind }) => kind === "Service");
  cluster.objects.set(corePath("services", "k8scr"), { ...service });
  return cluster;
}

function addressFor(
  cluster: MemoryCluster,
  pod: string,
): Promise<string | undefined> {
  const { api } = cluster;
  return nodeAddress(pod, { api, namespace: "infra" });
}

Deno.test("nodeAddress() is the NodePort, however the Pod is written", async () => {
  const cluster = clusterWithService("service");
  const pods = [
    "k8scr-0",
    "k8scr-0:5000",
    "http:k8scr-1:5000",
    "http:k8scr-12:",
  ];
  for (const pod of pods) {
    assert.equal(await addressFor(cluster, pod), "localhost:30500", pod);
  }
  assert.equal(cluster.requests.length, pods.length);
});

Deno.test("nodeAddress() is the port of the Pod's node where that is open", async () => {
  const cluster = clusterWithService("host");
  assert.equal(await addressFor(cluster, "k8scr-0"), "localhost:5001");
});

Deno.test("nodeAddress() says nothing of another registry", async () => {
  const cluster = clusterWithService("service");
  assert.equal(await addressFor(cluster, "other-0"), undefined);
  assert.equal(cluster.requests.length, 1);
  // A Pod made by hand, one of a Deployment, and another port.
  for (const pod of ["k8scr", "k8scr-5f7c9-x2x4z", "k8scr-0:8080"]) {
    assert.equal(await addressFor(cluster, pod), undefined, pod);
  }
  assert.equal(cluster.requests.length, 1);
  cluster.objects.set(corePath("services", "foreign"), {
    metadata: { name: "foreign" },
    spec: { ports: [{ nodePort: 31000 }] },
  });
  assert.equal(await addressFor(cluster, "foreign-0"), undefined);
});

Deno.test("nodeAddress() says nothing to whoever may not read the Service", async () => {
  const cluster = clusterWithService("service");
  cluster.refusals.set(`GET ${corePath("services", "k8scr")}`, 403);
  assert.equal(await addressFor(cluster, "k8scr-0"), undefined);
});

Deno.test("nodeAddress() leaves a broken connection to its caller", async () => {
  const broken = new ConnectionError("gone", {
    address: "cluster.test:443",
    stage: "transfer",
    transient: true,
  });
  const api = new KubeApi(() => Promise.reject(broken), {
    server: new URL("https://cluster.test"),
  });
  await assert.rejects(
    nodeAddress("k8scr-0", { api, namespace: "infra" }),
    ConnectionError,
  );
});

Deno.test("addressOf() is nothing before a port is given", async () => {
  const cluster = clusterWithService("service");
  const registry = { name: "k8scr", namespace: "infra" };
  const service = await readService(cluster.api, registry);
  assert.equal(addressOf(service), "localhost:30500");
  const labels = { "app.kubernetes.io/managed-by": "k8scr" };
  const young = new ConfigObject({
    metadata: { labels },
    spec: { ports: [{ port: 5000 }] },
  });
  assert.equal(addressOf(young), undefined);
});
