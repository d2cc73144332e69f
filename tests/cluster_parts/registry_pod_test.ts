import { strict as assert } from "node:assert";
import type { RegistryPlan } from "../../src/cluster/registry_plan.ts";
import { podTemplate, secretName } from "../../src/cluster/registry_pod.ts";
import { ConfigObject } from "../../src/kube/config_object.ts";
import { planOf } from "./registry_plans.ts";

function specOf(changes: Partial<RegistryPlan> = {}): ConfigObject {
  return new ConfigObject(podTemplate(planOf(changes))).object("spec");
}

function containerOf(changes: Partial<RegistryPlan> = {}): ConfigObject {
  const [container] = specOf(changes).objects("containers");
  assert.ok(container);
  return container;
}

Deno.test("podTemplate() keeps to the restricted profile", () => {
  const spec = specOf({ storage: { kind: "pvc", size: "1Gi" } });
  assert.deepEqual(spec.value("securityContext"), {
    runAsNonRoot: true,
    runAsUser: 65532,
    runAsGroup: 65532,
    fsGroup: 65532,
    fsGroupChangePolicy: "OnRootMismatch",
    seccompProfile: { type: "RuntimeDefault" },
  });
  assert.equal(spec.value("automountServiceAccountToken"), false);
  assert.deepEqual(containerOf().value("securityContext"), {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ["ALL"] },
    readOnlyRootFilesystem: true,
  });
});

Deno.test("podTemplate() runs as the owner of a folder of the node", () => {
  const spec = specOf({ storage: { kind: "hostPath", path: "/srv/k8scr" } });
  assert.equal(spec.object("securityContext").value("runAsUser"), 0);
  assert.deepEqual(spec.objects("volumes")[0]?.value("hostPath"), {
    path: "/srv/k8scr",
    type: "DirectoryOrCreate",
  });
});

Deno.test("podTemplate() asks each program whether it lives and is ready", () => {
  const paths = (changes: Partial<RegistryPlan>) => {
    const container = containerOf(changes);
    return ["startupProbe", "livenessProbe", "readinessProbe"].map((probe) =>
      container.object(probe).object("httpGet").string("path")
    );
  };
  assert.deepEqual(paths({}), ["/healthz", "/healthz", "/readyz"]);
  assert.deepEqual(paths({ software: "distribution" }), [
    "/v2/",
    "/v2/",
    "/v2/",
  ]);
});

Deno.test("podTemplate() gives distribution one secret, whatever Pod it is", () => {
  const env = containerOf({ software: "distribution" }).objects("env");
  const secret = env.find((item) =>
    item.string("name") === "REGISTRY_HTTP_SECRET"
  );
  assert.deepEqual(secret?.value("valueFrom"), {
    secretKeyRef: { name: secretName("k8scr"), key: "secret" },
  });
});

Deno.test("podTemplate() keeps an emptyDir below the size that evicts the Pod", () => {
  const sized = { kind: "emptyDir", size: "1Gi" } as const;
  assert.ok(
    containerOf({ storage: sized }).strings("args").includes("--max-size=1Gi"),
  );
  const volume = specOf({ storage: { kind: "memory", size: "1Gi" } })
    .objects("volumes")[0];
  assert.deepEqual(volume?.value("emptyDir"), {
    medium: "Memory",
    sizeLimit: "1Gi",
  });
});

Deno.test("podTemplate() limits memory where content is not in it", () => {
  const limits = (changes: Partial<RegistryPlan>) =>
    containerOf(changes).object("resources").value("limits");
  assert.deepEqual(limits({}), { memory: "512Mi" });
  assert.equal(limits({ storage: { kind: "memory" } }), null);
});

Deno.test("podTemplate() mounts the configuration of zot", () => {
  const mounts = containerOf({ software: "zot" }).objects("volumeMounts");
  assert.deepEqual(mounts.map((mount) => mount.string("mountPath")), [
    "/var/lib/registry",
    "/tmp",
    "/etc/zot",
  ]);
});

Deno.test("podTemplate() keeps to nodes, takes their port, spreads over them", () => {
  const affinity = JSON.stringify(
    specOf({ nodes: ["a", "b"] }).value("affinity"),
  );
  assert.match(
    affinity,
    /"key":"metadata.name","operator":"In","values":\["a"\]/,
  );
  assert.match(affinity, /"values":\["b"\]/);
  const ports = containerOf({ access: { mode: "host", port: 5001 } })
    .value("ports");
  assert.deepEqual(ports, [{
    name: "registry",
    containerPort: 5000,
    hostPort: 5001,
    protocol: "TCP",
  }]);
  assert.equal(specOf().has("topologySpreadConstraints"), false);
  assert.equal(
    specOf({ replicas: 2 }).objects("topologySpreadConstraints").length,
    1,
  );
});
