import { strict as assert } from "node:assert";
import type { ClusterObject } from "../../src/cluster/cluster_object.ts";
import {
  needsSecret,
  registryObjects,
  registrySecret,
} from "../../src/cluster/registry_objects.ts";
import type { RegistryPlan } from "../../src/cluster/registry_plan.ts";
import { planOf } from "./registry_plans.ts";

function objectOf(kind: string, changes: Partial<RegistryPlan>): ClusterObject {
  const found = registryObjects(planOf(changes)).find((object) =>
    object.kind === kind
  );
  assert.ok(found, `there is no ${kind}`);
  return found;
}

Deno.test("registryObjects() are a Service and a StatefulSet, and what these need", () => {
  const kinds = (changes: Partial<RegistryPlan>) =>
    registryObjects(planOf(changes)).map(({ kind }) => kind);
  assert.deepEqual(kinds({}), ["Service", "StatefulSet"]);
  assert.deepEqual(kinds({ storage: { kind: "pvc", size: "1Gi" } }), [
    "PersistentVolumeClaim",
    "Service",
    "StatefulSet",
  ]);
  assert.deepEqual(kinds({ software: "zot" }), [
    "ConfigMap",
    "Service",
    "StatefulSet",
  ]);
});

Deno.test("registryObjects() carry the labels that Kubernetes recommends", () => {
  for (const { metadata } of registryObjects(planOf({ name: "images" }))) {
    assert.deepEqual(metadata.labels, {
      "app.kubernetes.io/name": "k8scr-registry",
      "app.kubernetes.io/instance": "images",
      "app.kubernetes.io/component": "registry",
      "app.kubernetes.io/managed-by": "k8scr",
    });
    assert.equal(metadata.name, "images");
    assert.equal(metadata.namespace, "infra");
  }
});

Deno.test("registryObjects() open a port of every node, or say which one of the Pod's", () => {
  const open = objectOf("Service", {
    access: { mode: "service", port: 30500 },
  });
  assert.deepEqual(open.spec, {
    type: "NodePort",
    selector: {
      "app.kubernetes.io/name": "k8scr-registry",
      "app.kubernetes.io/instance": "k8scr",
    },
    ports: [{
      name: "registry",
      port: 5000,
      targetPort: 5000,
      nodePort: 30500,
      protocol: "TCP",
    }],
  });
  const closed = objectOf("Service", { access: { mode: "host", port: 5001 } });
  assert.deepEqual(closed.metadata.annotations, { "k8scr/host-port": "5001" });
  assert.match(JSON.stringify(closed.spec), /"type":"ClusterIP"/);
});

Deno.test("registryObjects() claim what several Pods can mount", () => {
  const storage = { kind: "pvc", size: "2Gi" } as const;
  assert.deepEqual(
    objectOf("PersistentVolumeClaim", {
      storage,
      storageClass: "nfs",
      replicas: 2,
    }).spec,
    {
      accessModes: ["ReadWriteMany"],
      resources: { requests: { storage: "2Gi" } },
      storageClassName: "nfs",
    },
  );
  assert.deepEqual(objectOf("PersistentVolumeClaim", { storage }).spec, {
    accessModes: ["ReadWriteOnce"],
    resources: { requests: { storage: "2Gi" } },
  });
});

Deno.test("registryObjects() note what must not change", () => {
  const { metadata } = objectOf("StatefulSet", {
    storage: { kind: "hostPath", path: "/srv" },
    software: "distribution",
  });
  assert.deepEqual(metadata.annotations, {
    "k8scr/storage": "hostPath:/srv",
    "k8scr/software": "distribution",
  });
});

Deno.test("registrySecret() is for the programs that need one", () => {
  assert.equal(needsSecret(planOf()), false);
  assert.equal(needsSecret(planOf({ software: "distribution" })), true);
  const secret = registrySecret({ name: "images", namespace: "infra" }, "x");
  assert.equal(secret.metadata.name, "images-http");
  assert.deepEqual(secret.stringData, { secret: "x" });
});
