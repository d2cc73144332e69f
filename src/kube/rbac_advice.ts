/** What a Role has to allow. */
export interface RoleAdviceOptions {
  /** Namespace of the Pod. */
  readonly namespace: string;
  /** The Pods as requests name them, each `[SCHEME:]NAME[:PORT]`. */
  readonly segments: readonly string[];
  /** The user that was refused, where the API server named it. */
  readonly user?: string;
  /**
   * The verbs.
   *
   * @default {PUSH_VERBS}
   */
  readonly verbs?: readonly string[];
}

/**
 * Verbs of a push: GET and HEAD need `get`, POST `create`, PUT `update`, PATCH
 * `patch`.
 */
export const PUSH_VERBS: readonly string[] = [
  "get",
  "create",
  "update",
  "patch",
];

/**
 * Writes the Role and its binding that allow a push, as YAML.
 *
 * `resourceNames` are compared with the whole segment of the URL, port and
 * scheme included, so exactly that must stand there.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-resources
 */
export function roleAdvice(options: RoleAdviceOptions): string {
  const { namespace, segments, user } = options;
  const names = segments.map((segment) => JSON.stringify(segment));
  const verbs = (options.verbs ?? PUSH_VERBS).map((verb) => `"${verb}"`);
  return `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: k8scr-push, namespace: ${namespace}}
rules:
- apiGroups: [""]
  resources: ["pods/proxy"]
  resourceNames: [${names.join(", ")}]
  verbs: [${verbs.join(", ")}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: k8scr-push, namespace: ${namespace}}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: k8scr-push}
subjects: [${subject(user)}]
`;
}

/** Finds the user in the message of a refusal, which Go has quoted. */
export function refusedUser(message: string): string | undefined {
  const quoted = /User "((?:[^"\\]|\\.)*)" cannot/.exec(message)?.[1];
  return quoted?.replace(/\\(["\\])/g, "$1");
}

function subject(user: string | undefined): string {
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(user ?? "");
  if (account !== null) {
    const [, namespace, name] = account;
    return `{kind: ServiceAccount, name: ${name}, namespace: ${namespace}}`;
  }
  const name = JSON.stringify(user ?? "USER");
  return `{kind: User, apiGroup: rbac.authorization.k8s.io, name: ${name}}`;
}
