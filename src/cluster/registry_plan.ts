import type { SoftwareName } from "./registry_software.ts";
import type { RegistryStorage } from "./registry_storage.ts";

/** How nodes reach the registry on a port of their own. */
export type NodeAccess =
  /** A port of every node that leads to the Service. */
  | { readonly mode: "service"; readonly port?: number }
  /** A port of the node that the Pod runs on. */
  | { readonly mode: "host"; readonly port: number };

/** When a node asks a registry for the image. */
export type PullPolicy = "Always" | "IfNotPresent" | "Never";

/** All that decides what a registry in a cluster looks like. */
export interface RegistryPlan {
  /** Name of its objects; its Pods are `NAME-0`, `NAME-1` and so on. */
  readonly name: string;
  /** Its namespace. */
  readonly namespace: string;
  /** The image that it runs. */
  readonly image: string;
  /** When a node asks a registry for the image. */
  readonly pullPolicy: PullPolicy;
  /** What is in the image. */
  readonly software: SoftwareName;
  /** Where it keeps its content. */
  readonly storage: RegistryStorage;
  /** The class of its claim; the cluster's default when it is absent. */
  readonly storageClass?: string;
  /** How nodes reach it. */
  readonly access: NodeAccess;
  /** Number of Pods. */
  readonly replicas: number;
  /** The only nodes that it may run on; any when it is empty. */
  readonly nodes: readonly string[];
}

/** Labels that select the Pods of a registry. */
export function selectorLabels(name: string): Record<string, string> {
  return {
    "app.kubernetes.io/name": "k8scr-registry",
    "app.kubernetes.io/instance": name,
  };
}

/** The label by which objects are known that this program made. */
export const MANAGED_BY = {
  label: "app.kubernetes.io/managed-by",
  value: "k8scr",
} as const;

/** Annotations that say what cannot be changed without losing content. */
export const ANNOTATIONS = {
  /** The storage, on the StatefulSet. */
  storage: "k8scr/storage",
  /** The program, on the StatefulSet. */
  software: "k8scr/software",
  /** The port of the Pod's node, on the Service. */
  hostPort: "k8scr/host-port",
} as const;
