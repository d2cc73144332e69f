/** A Kubernetes object, as it is applied. */
export interface ClusterObject {
  /** The version of its API. */
  readonly apiVersion: string;
  /** Its kind. */
  readonly kind: ObjectKind;
  /** Its name, and what is said about it. */
  readonly metadata: ObjectMetadata;
  /** What it is to be. */
  readonly [field: string]: unknown;
}

/** The metadata of an object. */
export interface ObjectMetadata {
  /** Its name. */
  readonly name: string;
  /** Its namespace. */
  readonly namespace: string;
  /** Its labels. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Its annotations. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** The API and the plural of each kind that is made or read. */
const KINDS = {
  ConfigMap: ["v1", "configmaps"],
  Event: ["v1", "events"],
  PersistentVolumeClaim: ["v1", "persistentvolumeclaims"],
  Pod: ["v1", "pods"],
  Secret: ["v1", "secrets"],
  Service: ["v1", "services"],
  StatefulSet: ["apps/v1", "statefulsets"],
  Role: ["rbac.authorization.k8s.io/v1", "roles"],
  RoleBinding: ["rbac.authorization.k8s.io/v1", "rolebindings"],
} as const;

/** A kind of object that is made or read. */
export type ObjectKind = keyof typeof KINDS;

/** Returns the version of a kind's API. */
export function apiVersionOf(kind: ObjectKind): string {
  return KINDS[kind][0];
}

/** Returns the path of a kind's objects in a namespace. */
export function collectionPath(kind: ObjectKind, namespace: string): string {
  const [version, plural] = KINDS[kind];
  const root = version === "v1" ? "/api/v1" : `/apis/${version}`;
  return `${root}/namespaces/${namespace}/${plural}`;
}

/** Returns the path of an object. */
export function objectPath(
  kind: ObjectKind,
  { namespace, name }: Pick<ObjectMetadata, "namespace" | "name">,
): string {
  return `${collectionPath(kind, namespace)}/${name}`;
}

/** Returns what people call it: `statefulset/k8scr`. */
export function objectTitle({ kind, metadata }: ClusterObject): string {
  return `${kind.toLowerCase()}/${metadata.name}`;
}
