import { ConfigObject } from "../kube/config_object.ts";
import { parsePod, type Pod } from "../kube/pod.ts";
import { podOrReplica } from "../kube/pod_or_replica.ts";
import { choosePod } from "../kube/pod_selection.ts";
import { PodSelectionError } from "../kube/pod_selection_error.ts";
import {
  parseRegistryFlag,
  type RegistryLocator,
} from "../kube/registry_flag.ts";
import { KubernetesError } from "../kube/status_error.ts";
import type { CheckResult } from "./doctor_finding.ts";
import type { DoctorLink } from "./doctor_link.ts";
import {
  explainPodTrouble,
  explainWorkloadTrouble,
} from "./doctor_pod_trouble.ts";

/** A Pod that could be read. */
export interface SeenPod {
  /** What matters of it. */
  readonly pod: Pod;
  /** The Pod as the API server gave it. */
  readonly object: ConfigObject;
}

/** Options for {@linkcode checkTarget}. */
export interface TargetCheckOptions {
  /**
   * Whether the first Pod of a StatefulSet of that name will do where there is
   * no Pod of that name, as for a push that was told nothing; default no.
   */
  readonly orReplica?: boolean;
}

/**
 * Finds out which Pod the registry runs in, as requests name it. A Pod that is
 * named by itself is not looked for yet.
 *
 * @throws {RegistryFlagSyntaxError} when `--registry` is malformed
 * @throws {PodSelectionError} when no Pod of the workload can be used
 * @throws {KubernetesError} when the workload cannot be read
 */
export async function checkTarget(
  registry: string,
  link: DoctorLink,
  { orReplica = false }: TargetCheckOptions = {},
): Promise<CheckResult<string>> {
  const { namespace } = link;
  const locator = parseRegistryFlag(registry);
  const segment = orReplica
    ? await podOrItsReplica(registry, link)
    : await chosenSegment(locator, link);
  const of = locator.kind === "pod"
    ? ""
    : ` of ${locator.kind}/${locator.name}`;
  const instead = orReplica && segment !== registry
    ? `, as there is no Pod "${registry}"`
    : "";
  const text = `Pod "${segment}"${of} in namespace "${namespace}"${instead}`;
  return { status: "ok", text, facts: { namespace, segment }, value: segment };
}

function podOrItsReplica(
  name: string,
  { podTransport, connection, namespace }: DoctorLink,
): Promise<string> {
  const { server } = connection;
  return podOrReplica(name, podTransport, { server, namespace })
    .choose(undefined);
}

async function chosenSegment(
  locator: RegistryLocator,
  link: DoctorLink,
): Promise<string> {
  try {
    return await choosePod(locator, link).choose(undefined);
  } catch (error) {
    if (!(error instanceof PodSelectionError)) throw error;
    if (locator.kind === "pod") throw error;
    const trouble = await explainWorkloadTrouble(locator, link);
    if (trouble === undefined) throw error;
    const message = `${error.message}\n${trouble}`;
    throw new PodSelectionError(message, error.transient);
  }
}

/**
 * Looks at the registry's Pod. Whoever may not is only warned, for nothing but
 * `pods/proxy` is needed.
 *
 * @param segment the Pod as requests name it
 * @throws {KubernetesError} when there is no such Pod
 */
export async function checkPod(
  segment: string,
  link: DoctorLink,
): Promise<CheckResult<SeenPod>> {
  const { name, port } = splitSegment(segment);
  const object = await readPod(name, link);
  if (object instanceof KubernetesError) {
    const text = `cannot look: ${object.statusMessage}`;
    const advice = "A push does not need it: pods/proxy is enough";
    return { status: "warning", text, advice };
  }
  const pod = parsePod(object);
  const value = { pod, object };
  const ports = pod.ports.map((declared) => declared.port);
  const facts = { name, ready: pod.isReady, state: pod.state, ports };
  if (!pod.isReady) {
    return {
      status: "failed",
      fault: "unreachable",
      text: `the Pod "${name}" is not ready: ${pod.state}`,
      advice: await explainPodTrouble(object, link),
      facts,
    };
  }
  const text = `"${name}" is ready and declares ${portList(ports)}`;
  const doubt = doubtAboutPort(port, ports);
  if (doubt === undefined) return { status: "ok", text, facts, value };
  return { status: "warning", text, advice: doubt, facts, value };
}

/**
 * @returns the refusal where the Pod may not be read
 * @throws {KubernetesError} on any other
 */
async function readPod(
  name: string,
  link: DoctorLink,
): Promise<ConfigObject | KubernetesError> {
  const { api, namespace } = link;
  const path = `/api/v1/namespaces/${namespace}`;
  try {
    return new ConfigObject(await api.get(`${path}/pods/${name}`));
  } catch (error) {
    if (!(error instanceof KubernetesError)) throw error;
    if (error.status === 403) return error;
    if (error.status !== 404) throw error;
    // A namespace that is not there looks like an empty one.
    await api.get(path).catch((refusal: unknown) => {
      if (!(refusal instanceof KubernetesError)) throw refusal;
      if (refusal.status === 404) throw refusal;
    });
    const hint = await hintAt(name, link);
    throw error.with({ message: `${error.message}\n${hint}` });
  }
}

/** The Pods of `registry up` have the registry's name, and a number. */
async function hintAt(
  name: string,
  { api, namespace }: DoctorLink,
): Promise<string> {
  const first = `${name}-0`;
  try {
    await api.get(`/api/v1/namespaces/${namespace}/pods/${first}`);
    return `There is a Pod "${first}": --registry ${first}`;
  } catch (error) {
    if (!(error instanceof KubernetesError)) throw error;
    return "Where there is no registry yet, k8scr registry up makes one";
  }
}

function splitSegment(
  segment: string,
): { readonly name: string; readonly port: number | undefined } {
  const parts = segment.split(":");
  const [name = "", port] = parts.length === 3 ? parts.slice(1) : parts;
  return { name, port: port ? Number(port) : undefined };
}

function doubtAboutPort(
  port: number | undefined,
  ports: readonly number[],
): string | undefined {
  if (port === undefined && ports.length === 0) {
    return "Requests go to port 80, as it declares none: --registry NAME:PORT names another";
  }
  if (port === undefined || ports.includes(port)) return undefined;
  return `Requests go to port ${port}, which it does not declare: check --registry`;
}

function portList(ports: readonly number[]): string {
  if (ports.length === 0) return "no port";
  return `port ${ports.join(", ")}`;
}
