import { ConfigObject } from "./config_object.ts";
import type { KubeApi } from "./kube_api.ts";
import { parsePod, type Pod } from "./pod.ts";
import { fixedPod, type PodChooser } from "./pod_proxy.ts";
import { PodSelectionError } from "./pod_selection_error.ts";
import {
  podSegment,
  type RegistryLocator,
  WORKLOAD_PATHS,
  type WorkloadLocator,
} from "./registry_flag.ts";
import { KubernetesError } from "./status_error.ts";

/** Options for {@linkcode choosePod}. */
export interface PodSelectionOptions {
  /** Where objects are read. */
  readonly api: KubeApi;
  /** Namespace of the registry. */
  readonly namespace: string;
}

/**
 * Makes what chooses the Pod of a registry. A Pod named by itself needs no call
 * and so no right but `pods/proxy`; of a workload or a Service one ready Pod is
 * chosen, and kept for as long as it is there.
 */
export function choosePod(
  locator: RegistryLocator,
  options: PodSelectionOptions,
): PodChooser {
  if (locator.kind === "pod") return fixedPod(locator.segment);
  return {
    canChange: true,
    choose: (previous) => chooseReady(locator, options, previous),
  };
}

/**
 * Says what is wrong with a Pod, after a request to it failed. Returns nothing
 * where the Pod looks well, or may not be read.
 */
export async function diagnosePod(
  segment: string,
  { api, namespace }: PodSelectionOptions,
): Promise<string | undefined> {
  const [first = "", second] = segment.split(":");
  const name = /^https?$/.test(first) && second !== undefined ? second : first;
  try {
    const object = await api.get(
      `/api/v1/namespaces/${namespace}/pods/${name}`,
    );
    const pod = parsePod(new ConfigObject(object));
    if (!pod.isReady) return `The Pod "${name}" is not ready: ${pod.state}`;
    const ports = pod.ports.map(({ port }) => port);
    if (ports.length === 0) return undefined;
    return `The Pod "${name}" is ready and declares port ${ports.join(", ")}`;
  } catch (error) {
    // Whoever may only use pods/proxy must not see another error than theirs.
    if (error instanceof KubernetesError) return undefined;
    throw error;
  }
}

async function chooseReady(
  locator: WorkloadLocator,
  { api, namespace }: PodSelectionOptions,
  previous: string | undefined,
): Promise<string> {
  const path = `${WORKLOAD_PATHS[locator.kind]}/namespaces/${namespace}/` +
    `${locator.kind}s/${locator.name}`;
  const spec = new ConfigObject(await api.get(path)).object("spec");
  const list = await api.get(`/api/v1/namespaces/${namespace}/pods`, {
    labelSelector: labelSelector(locator, spec),
  });
  const pods = new ConfigObject(list).objects("items").map(parsePod);
  const ready = pods.filter((pod) => pod.isReady).toSorted((a, b) =>
    b.created.localeCompare(a.created) || a.name.localeCompare(b.name)
  );
  const segments = ready.map((pod) => segmentOf(locator, spec, pod));
  const [chosen] = segments;
  if (chosen === undefined) throw noneReady(locator, namespace, pods);
  return previous !== undefined && segments.includes(previous)
    ? previous
    : chosen;
}

/** @see https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#api */
function labelSelector(locator: WorkloadLocator, spec: ConfigObject): string {
  const selector = spec.object("selector");
  const labels = locator.kind === "service"
    ? selector
    : selector.object("matchLabels");
  const terms = labels.keys.map((key) => `${key}=${labels.string(key)}`);
  const expressions = locator.kind === "service"
    ? []
    : selector.objects("matchExpressions");
  for (const expression of expressions) {
    terms.push(formatExpression(expression));
  }
  if (terms.length > 0) return terms.join(",");
  throw new PodSelectionError(
    `Cannot choose a Pod of ${locator.kind}/${locator.name}: it has no selector\n` +
      "Name the Pod itself: --registry POD",
    false,
  );
}

function formatExpression(expression: ConfigObject): string {
  const key = expression.string("key");
  const values = `(${expression.strings("values").join(",")})`;
  switch (expression.string("operator")) {
    case "In":
      return `${key} in ${values}`;
    case "NotIn":
      return `${key} notin ${values}`;
    case "DoesNotExist":
      return `!${key}`;
    default:
      return key;
  }
}

function segmentOf(
  locator: WorkloadLocator,
  spec: ConfigObject,
  pod: Pod,
): string {
  const { scheme } = locator;
  const wanted = locator.kind === "service"
    ? targetPort(locator, spec)
    : locator.port;
  const port = wanted === undefined
    ? pod.ports[0]?.port.toString()
    : portNumber(locator, pod, wanted);
  return podSegment(pod.name, {
    ...scheme !== undefined && { scheme },
    ...port !== undefined && { port },
  });
}

/** The Pod's port behind a Service's port, which may go by another number. */
function targetPort(
  locator: WorkloadLocator,
  spec: ConfigObject,
): string | undefined {
  const ports = spec.objects("ports");
  const chosen = locator.port === undefined
    ? ports[0]
    : ports.find((port) =>
      port.string("name") === locator.port ||
      String(port.value("port")) === locator.port
    );
  if (chosen === undefined) {
    const has = ports.map((port) => String(port.value("port"))).join(", ");
    throw new PodSelectionError(
      `Cannot use port ${locator.port} of service/${locator.name}: it has ${has}`,
      false,
    );
  }
  return String(chosen.value("targetPort") ?? chosen.value("port"));
}

function portNumber(
  locator: WorkloadLocator,
  pod: Pod,
  wanted: string,
): string {
  if (/^\d+$/.test(wanted)) return wanted;
  const found = pod.ports.find(({ name }) => name === wanted);
  if (found !== undefined) return String(found.port);
  const names = pod.ports.map(({ name, port }) => name || String(port));
  throw new PodSelectionError(
    `Cannot use port "${wanted}" of ${locator.kind}/${locator.name}: the Pod ` +
      `"${pod.name}" declares ${names.join(", ") || "none"}`,
    false,
  );
}

function noneReady(
  locator: WorkloadLocator,
  namespace: string,
  pods: readonly Pod[],
): PodSelectionError {
  const states = pods.map(({ name, state }) => `${name}: ${state}`);
  return new PodSelectionError(
    `Cannot use ${locator.kind}/${locator.name} in namespace "${namespace}": ` +
      (pods.length === 0
        ? "it has no Pods"
        : `none of its Pods is ready (${states.join("; ")})`) +
      "\nLook at them: kubectl describe pods",
    true,
  );
}
