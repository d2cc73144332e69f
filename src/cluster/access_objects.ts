import { PUSH_VERBS } from "../kube/rbac_advice.ts";
import {
  podSegment,
  type RegistryLocator,
  WORKLOAD_PATHS,
} from "../kube/registry_flag.ts";
import { apiVersionOf, type ClusterObject } from "./cluster_object.ts";
import { MANAGED_BY } from "./registry_plan.ts";
import { REGISTRY_PORT } from "./registry_software.ts";

/** Who is allowed something. */
export type AccessSubject =
  | { readonly kind: "User" | "Group"; readonly name: string }
  | {
    readonly kind: "ServiceAccount";
    readonly name: string;
    readonly namespace: string;
  };

/** What is allowed, and to whom. */
export interface AccessWish {
  /** The registry. */
  readonly locator: RegistryLocator;
  /** Its namespace. */
  readonly namespace: string;
  /** Number of its Pods, where their names follow from its own. */
  readonly replicas: number;
  /** Who gets it. */
  readonly subjects: readonly AccessSubject[];
  /** Whether only pulls are allowed. */
  readonly readOnly: boolean;
  /** Whether deletion is allowed too. */
  readonly allowDelete: boolean;
}

const RBAC_GROUP = "rbac.authorization.k8s.io";

/**
 * Describes the Role that lets somebody use a registry through the Pod proxy,
 * and its binding where there is somebody.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/rbac/
 */
export function accessObjects(wish: AccessWish): readonly ClusterObject[] {
  const { locator, namespace, subjects, readOnly } = wish;
  const name = `${locator.name}-${readOnly ? "pull" : "push"}`;
  const labels = { [MANAGED_BY.label]: MANAGED_BY.value };
  const metadata = { name, namespace, labels };
  const role: ClusterObject = {
    apiVersion: apiVersionOf("Role"),
    kind: "Role",
    metadata,
    rules: rulesFor(wish),
  };
  if (subjects.length === 0) return [role];
  return [role, {
    apiVersion: apiVersionOf("RoleBinding"),
    kind: "RoleBinding",
    metadata,
    roleRef: { apiGroup: RBAC_GROUP, kind: "Role", name },
    subjects: subjects.map((subject) =>
      subject.kind === "ServiceAccount"
        ? subject
        : { ...subject, apiGroup: RBAC_GROUP }
    ),
  }];
}

/**
 * Returns the Pods as the URLs of requests name them, which is what a Role is
 * compared with; none when the names of the Pods are not known beforehand.
 */
export function proxiedNames(
  { locator, replicas }: Pick<AccessWish, "locator" | "replicas">,
): readonly string[] {
  if (locator.kind === "pod") {
    const { name } = locator;
    const isNumbered = /-\d+$/.test(name);
    const pods = isNumbered ? [name] : [name, ...numbered(name, replicas)];
    const segments = pods.flatMap((pod) => [pod, `${pod}:${REGISTRY_PORT}`]);
    const isPlain = segments.includes(locator.segment);
    return isPlain ? segments : [locator.segment];
  }
  if (locator.kind !== "statefulset") return [];
  const { name, scheme, port = String(REGISTRY_PORT) } = locator;
  return numbered(name, replicas).map((pod) =>
    podSegment(pod, { ...scheme !== undefined && { scheme }, port })
  );
}

/** The Pods of a StatefulSet. */
function numbered(name: string, replicas: number): readonly string[] {
  return Array.from({ length: replicas }, (_, index) => `${name}-${index}`);
}

function rulesFor(wish: AccessWish): readonly object[] {
  const { locator, readOnly, allowDelete } = wish;
  const names = proxiedNames(wish);
  const proxy = {
    apiGroups: [""],
    resources: ["pods/proxy"],
    ...names.length > 0 && { resourceNames: names },
    verbs: [
      ...readOnly ? ["get"] : PUSH_VERBS,
      ...allowDelete ? ["delete"] : [],
    ],
  };
  const name = locator.kind === "pod"
    ? locator.name.replace(/-\d+$/, "")
    : locator.name;
  // It tells at which port nodes pull what was pushed.
  const service = reading("", "services", name);
  if (locator.kind === "pod") return [proxy, service];
  const list = { apiGroups: [""], resources: ["pods"], verbs: ["list"] };
  if (locator.kind === "service") return [proxy, service, list];
  const [, , group = ""] = WORKLOAD_PATHS[locator.kind].split("/");
  const workload = reading(group, `${locator.kind}s`, name);
  return [proxy, service, workload, list];
}

function reading(group: string, resource: string, name: string): object {
  return {
    apiGroups: [group],
    resources: [resource],
    resourceNames: [name],
    verbs: ["get"],
  };
}
