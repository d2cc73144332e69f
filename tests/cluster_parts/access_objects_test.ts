import { strict as assert } from "node:assert";
import {
  accessObjects,
  type AccessWish,
  proxiedNames,
} from "../../src/cluster/access_objects.ts";
import { parseRegistryFlag } from "../../src/kube/registry_flag.ts";

function wish(
  registry: string,
  changes: Partial<AccessWish> = {},
): AccessWish {
  return {
    locator: parseRegistryFlag(registry),
    namespace: "infra",
    replicas: 1,
    subjects: [],
    readOnly: false,
    allowDelete: false,
    ...changes,
  };
}

Deno.test("proxiedNames() are the Pods as requests name them", () => {
  const names = (registry: string, replicas = 1) =>
    proxiedNames(wish(registry, { replicas }));
  assert.deepEqual(names("k8scr", 2), [
    "k8scr",
    "k8scr:5000",
    "k8scr-0",
    "k8scr-0:5000",
    "k8scr-1",
    "k8scr-1:5000",
  ]);
  assert.deepEqual(names("k8scr-0"), ["k8scr-0", "k8scr-0:5000"]);
  assert.deepEqual(names("reg:8080"), ["reg:8080"]);
  assert.deepEqual(names("https:reg:"), ["https:reg:"]);
  assert.deepEqual(names("statefulset/reg", 2), ["reg-0:5000", "reg-1:5000"]);
  assert.deepEqual(names("https:statefulset/reg:5443"), ["https:reg-0:5443"]);
  assert.deepEqual(names("deployment/reg"), []);
  assert.deepEqual(names("service/reg"), []);
});

Deno.test("accessObjects() open the proxy of the Pods and show the Service", () => {
  const [role, binding] = accessObjects(wish("k8scr-0", {
    subjects: [
      { kind: "User", name: "jane" },
      { kind: "ServiceAccount", name: "builder", namespace: "ci" },
    ],
  }));
  const metadata = {
    name: "k8scr-0-push",
    namespace: "infra",
    labels: { "app.kubernetes.io/managed-by": "k8scr" },
  };
  assert.deepEqual(role, {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "Role",
    metadata,
    rules: [
      {
        apiGroups: [""],
        resources: ["pods/proxy"],
        resourceNames: ["k8scr-0", "k8scr-0:5000"],
        verbs: ["get", "create", "update", "patch"],
      },
      {
        apiGroups: [""],
        resources: ["services"],
        resourceNames: ["k8scr"],
        verbs: ["get"],
      },
    ],
  });
  assert.deepEqual(binding, {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
    metadata,
    roleRef: {
      apiGroup: "rbac.authorization.k8s.io",
      kind: "Role",
      name: "k8scr-0-push",
    },
    subjects: [
      { kind: "User", name: "jane", apiGroup: "rbac.authorization.k8s.io" },
      { kind: "ServiceAccount", name: "builder", namespace: "ci" },
    ],
  });
});

Deno.test("accessObjects() are a Role alone where nobody is named", () => {
  const kinds = accessObjects(wish("k8scr")).map(({ kind }) => kind);
  assert.deepEqual(kinds, ["Role"]);
});

Deno.test("accessObjects() allow pulls only, or deletion too", () => {
  const verbs = (changes: Partial<AccessWish>) => {
    const [role] = accessObjects(wish("k8scr", changes));
    return JSON.stringify(role?.rules);
  };
  assert.match(verbs({ readOnly: true }), /"verbs":\["get"\]\},/);
  assert.match(
    verbs({ allowDelete: true }),
    /"verbs":\["get","create","update","patch","delete"\]/,
  );
  const [role] = accessObjects(wish("k8scr", { readOnly: true }));
  assert.equal(role?.metadata.name, "k8scr-pull");
});

Deno.test("accessObjects() let a workload's Pods be found", () => {
  const [role] = accessObjects(wish("deployment/reg"));
  assert.deepEqual(role?.rules, [
    {
      apiGroups: [""],
      resources: ["pods/proxy"],
      verbs: ["get", "create", "update", "patch"],
    },
    {
      apiGroups: [""],
      resources: ["services"],
      resourceNames: ["reg"],
      verbs: ["get"],
    },
    {
      apiGroups: ["apps"],
      resources: ["deployments"],
      resourceNames: ["reg"],
      verbs: ["get"],
    },
    { apiGroups: [""], resources: ["pods"], verbs: ["list"] },
  ]);
});
