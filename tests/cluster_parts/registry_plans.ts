import type { RegistryPlan } from "../../src/cluster/registry_plan.ts";

/** Makes a plan that says as little as it can. */
export function planOf(changes: Partial<RegistryPlan> = {}): RegistryPlan {
  return {
    name: "k8scr",
    namespace: "infra",
    image: "k8scr.local/k8scr:1",
    pullPolicy: "Never",
    software: "k8scr",
    storage: { kind: "emptyDir" },
    access: { mode: "service" },
    replicas: 1,
    nodes: [],
    ...changes,
  };
}
