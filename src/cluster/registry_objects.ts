import { apiVersionOf, type ClusterObject } from "./cluster_object.ts";
import type { ObjectKind, ObjectMetadata } from "./cluster_object.ts";
import {
  ANNOTATIONS,
  MANAGED_BY,
  type RegistryPlan,
  selectorLabels,
} from "./registry_plan.ts";
import { podTemplate, SECRET_KEY, secretName } from "./registry_pod.ts";
import { REGISTRY_PORT, softwareOf } from "./registry_software.ts";
import { formatStorage } from "./registry_storage.ts";

/**
 * Describes the objects of a registry, in the order in which they are made.
 * Its Secret is none of them: what is in it is random, and made once.
 *
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/
 */
export function registryObjects(plan: RegistryPlan): readonly ClusterObject[] {
  return [
    ...claim(plan),
    ...configMap(plan),
    service(plan),
    statefulSet(plan),
  ];
}

/** Tells whether a registry needs a Secret. */
export function needsSecret({ software }: RegistryPlan): boolean {
  return softwareOf(software).secretVariable !== undefined;
}

/** Describes the Secret of a registry. */
export function registrySecret(
  plan: Pick<RegistryPlan, "name" | "namespace">,
  secret: string,
): ClusterObject {
  return {
    ...head("Secret", plan, { name: secretName(plan.name) }),
    stringData: { [SECRET_KEY]: secret },
  };
}

function claim(plan: RegistryPlan): readonly ClusterObject[] {
  const { storage, storageClass, replicas } = plan;
  if (storage.kind !== "pvc") return [];
  return [{
    ...head("PersistentVolumeClaim", plan),
    spec: {
      accessModes: [replicas > 1 ? "ReadWriteMany" : "ReadWriteOnce"],
      resources: { requests: { storage: storage.size } },
      ...storageClass !== undefined && { storageClassName: storageClass },
    },
  }];
}

function configMap(plan: RegistryPlan): readonly ClusterObject[] {
  const { config, configText } = softwareOf(plan.software);
  if (config === undefined || configText === undefined) return [];
  return [{
    ...head("ConfigMap", plan),
    data: { [config.file]: configText },
  }];
}

function service(plan: RegistryPlan): ClusterObject {
  const { access } = plan;
  const isOpen = access.mode === "service";
  const annotations = isOpen
    ? {}
    : { [ANNOTATIONS.hostPort]: String(access.port) };
  return {
    ...head("Service", plan, { annotations }),
    spec: {
      type: isOpen ? "NodePort" : "ClusterIP",
      selector: selectorLabels(plan.name),
      ports: [{
        name: "registry",
        port: REGISTRY_PORT,
        targetPort: REGISTRY_PORT,
        ...isOpen && access.port !== undefined && { nodePort: access.port },
        protocol: "TCP",
      }],
    },
  };
}

function statefulSet(plan: RegistryPlan): ClusterObject {
  const { name, replicas } = plan;
  const annotations = {
    [ANNOTATIONS.storage]: formatStorage(plan.storage),
    [ANNOTATIONS.software]: plan.software,
  };
  return {
    ...head("StatefulSet", plan, { annotations }),
    spec: {
      replicas,
      serviceName: name,
      // One that does not start must not keep its successor from starting.
      podManagementPolicy: "Parallel",
      selector: { matchLabels: selectorLabels(name) },
      template: podTemplate(plan),
    },
  };
}

function head(
  kind: ObjectKind,
  { name, namespace }: Pick<RegistryPlan, "name" | "namespace">,
  more: Partial<Pick<ObjectMetadata, "name" | "annotations">> = {},
): Pick<ClusterObject, "apiVersion" | "kind" | "metadata"> {
  const { annotations = {} } = more;
  const hasAnnotations = Object.keys(annotations).length > 0;
  return {
    apiVersion: apiVersionOf(kind),
    kind,
    metadata: {
      name: more.name ?? name,
      namespace,
      labels: {
        ...selectorLabels(name),
        "app.kubernetes.io/component": "registry",
        [MANAGED_BY.label]: MANAGED_BY.value,
      },
      ...hasAnnotations && { annotations },
    },
  };
}
