import { ConfigObject } from "../kube/config_object.ts";
import { refusedUser } from "../kube/rbac_advice.ts";
import { KubernetesError } from "../kube/status_error.ts";
import type { DoctorLink } from "./doctor_link.ts";
import type { CheckResult } from "./doctor_finding.ts";

/** Whom the API server takes the caller for. */
export interface User {
  /** The name; absent where the API server does not tell. */
  readonly name?: string;
}

const ANONYMOUS = "system:anonymous";

/**
 * Asks the API server whom it takes the caller for.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/authentication/#self-subject-review
 * @throws {KubernetesError} when it does not know the caller
 */
export async function checkUser(
  { api }: DoctorLink,
): Promise<CheckResult<User>> {
  const kind = "SelfSubjectReview";
  const apiVersion = "authentication.k8s.io/v1";
  try {
    const review = new ConfigObject(
      await api.create(`/apis/${apiVersion}/selfsubjectreviews`, {
        kind,
        apiVersion,
      }),
    );
    const info = review.object("status").object("userInfo");
    return known(info.string("username"), info.strings("groups"));
  } catch (error) {
    if (!(error instanceof KubernetesError)) throw error;
    return unknown(error);
  }
}

function known(name: string, groups: readonly string[]): CheckResult<User> {
  const facts = { user: name, groups };
  if (name === ANONYMOUS) return { ...anonymous(), facts, value: { name } };
  const of = groups.length === 0 ? "" : `, in ${groups.join(", ")}`;
  return { status: "ok", text: `"${name}"${of}`, facts, value: { name } };
}

function anonymous(): CheckResult<User> {
  return {
    status: "warning",
    text: `the API server takes you for nobody ("${ANONYMOUS}")`,
    advice: "Name a user of the kubeconfig: --user, or in the context",
  };
}

/**
 * Whoever may not ask, or asks an older API server, can be allowed all the
 * rest.
 *
 * @throws {KubernetesError} when the question is not what was refused
 */
function unknown(error: KubernetesError): CheckResult<User> {
  if (error.status === 403) {
    const name = refusedUser(error.statusMessage);
    if (name === undefined) throw error;
    const value = { name };
    const facts = { user: name };
    if (name === ANONYMOUS) return { ...anonymous(), facts, value };
    return { status: "ok", text: `"${name}"`, facts, value };
  }
  if (error.status !== 404) throw error;
  const text = "the API server does not tell: it is older than Kubernetes 1.28";
  return { status: "warning", text, value: {} };
}
