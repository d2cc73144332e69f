import { ConfigObject } from "../kube/config_object.ts";
import { PUSH_VERBS, roleAdvice } from "../kube/rbac_advice.ts";
import { KubernetesError } from "../kube/status_error.ts";
import type { DoctorLink } from "./doctor_link.ts";
import type { CheckResult } from "./doctor_finding.ts";

/** Which verbs on the Pod proxy are allowed; `undefined` where nobody knows. */
export interface Permissions {
  /** GET and HEAD: pulls. */
  readonly get?: boolean;
  /** POST: begins uploads. */
  readonly create?: boolean;
  /** PATCH: sends chunks. */
  readonly patch?: boolean;
  /** PUT: ends uploads, writes manifests. */
  readonly update?: boolean;
  /** DELETE: takes back uploads, deletes images. */
  readonly delete?: boolean;
}

/** Options for {@linkcode checkPermissions}. */
export interface PermissionCheckOptions {
  /** The Pod as requests name it, `[SCHEME:]NAME[:PORT]`. */
  readonly segment: string;
  /** The Pods that a Role has to name; default that one. */
  readonly segments?: readonly string[];
  /** Who the caller is, for the Role. */
  readonly name?: string;
}

const VERBS: readonly string[] = [...PUSH_VERBS, "delete"];

/**
 * Asks for each verb whether the caller may use it on the Pod's proxy. The name
 * is the whole segment of the URL, as rules are compared with that.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/authorization/#checking-api-access
 * @throws {KubernetesError} when the API server is not willing to be asked
 */
export async function checkPermissions(
  link: DoctorLink,
  options: PermissionCheckOptions,
): Promise<CheckResult<Permissions>> {
  const answers = await Promise.all(
    VERBS.map((verb) => mayI(link, verb, options.segment)),
  );
  const allowed = VERBS.filter((_, index) => answers[index] === true);
  const denied = VERBS.filter((_, index) => answers[index] === false);
  const value: Permissions = Object.fromEntries([
    ...allowed.map((verb) => [verb, true]),
    ...denied.map((verb) => [verb, false]),
  ]);
  const { segment } = options;
  const facts = { resource: "pods/proxy", name: segment, ...value };
  if (allowed.length + denied.length === 0) {
    const text = "the API server does not tell what you may do";
    return { status: "warning", text, facts, value };
  }
  const on = `pods/proxy "${segment}" in namespace "${link.namespace}"`;
  const missing = denied.filter((verb) => PUSH_VERBS.includes(verb));
  if (missing.length === 0) {
    const rest = denied.length === 0
      ? ""
      : `, not ${denied.join(", ")}, which a push does not need`;
    const text = `you may ${allowed.join(", ")} ${on}${rest}`;
    return { status: "ok", text, facts, value };
  }
  return {
    status: "failed",
    fault: "forbidden",
    text: `you may not ${missing.join(", ")} ${on}`,
    advice: roleFor(link, options),
    facts,
    // Whoever may read can at least pull.
    ...value.get && { value },
  };
}

function roleFor(
  { namespace }: DoctorLink,
  { segment, segments = [segment], name }: PermissionCheckOptions,
): string {
  const user = name === undefined ? {} : { user: name };
  const role = roleAdvice({ segments, namespace, ...user });
  const maker = name === undefined
    ? ""
    : ` (k8scr rbac -n ${namespace} -r ${segments[0]} ${
      subjectFlag(name)
    } --apply makes it)`;
  return `This Role would allow it${maker}:\n${role.trimEnd()}`;
}

function subjectFlag(name: string): string {
  const account = /^system:serviceaccount:(.+)$/.exec(name)?.[1];
  if (account !== undefined) return `--serviceaccount ${account}`;
  return `--user ${/^[\w.@:-]+$/.test(name) ? name : JSON.stringify(name)}`;
}

/** @returns `undefined` where the API server does not let itself be asked */
async function mayI(
  { api, namespace }: DoctorLink,
  verb: string,
  name: string,
): Promise<boolean | undefined> {
  const kind = "SelfSubjectAccessReview";
  const apiVersion = "authorization.k8s.io/v1";
  const resource = { group: "", resource: "pods", subresource: "proxy" };
  const resourceAttributes = { ...resource, namespace, verb, name };
  const spec = { resourceAttributes };
  try {
    const review = await api.create(
      `/apis/${apiVersion}/selfsubjectaccessreviews`,
      { kind, apiVersion, spec },
    );
    return new ConfigObject(review).object("status").boolean("allowed");
  } catch (error) {
    if (!(error instanceof KubernetesError)) throw error;
    if (error.status !== 403 && error.status !== 404) throw error;
    return undefined;
  }
}
