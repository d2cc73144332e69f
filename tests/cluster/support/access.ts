import { apply } from "./cluster.ts";
import type { Registry } from "./registries.ts";

const API = "rbac.authorization.k8s.io";

/** Allows the group `pushers` to push through the proxy of one Pod, no more. */
export async function allowPush(
  { namespace, target }: Pick<Registry, "namespace" | "target">,
): Promise<void> {
  await apply(
    {
      apiVersion: `${API}/v1`,
      kind: "Role",
      metadata: { name: "push", namespace },
      rules: [{
        apiGroups: [""],
        resources: ["pods/proxy"],
        resourceNames: [target],
        verbs: ["get", "create", "patch", "update"],
      }],
    },
    {
      apiVersion: `${API}/v1`,
      kind: "RoleBinding",
      metadata: { name: "push", namespace },
      roleRef: { apiGroup: API, kind: "Role", name: "push" },
      subjects: [{ apiGroup: API, kind: "Group", name: "pushers" }],
    },
  );
}
