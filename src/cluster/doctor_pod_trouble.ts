import { readTextUpTo } from "../http/body.ts";
import { ConfigObject } from "../kube/config_object.ts";
import { parsePod } from "../kube/pod.ts";
import { WORKLOAD_PATHS, type WorkloadLocator } from "../kube/registry_flag.ts";
import { KubernetesError, sanitize } from "../kube/status_error.ts";
import { readEvents } from "./cluster_event.ts";
import type { DoctorLink } from "./doctor_link.ts";

/** Lines of a log that say why a program ended. */
const LAST_LINES = 5;
const MAX_LOG_BYTES = 16 * 1024;

/**
 * Explains why a Pod is not ready, and what to do: what its container ended
 * with and last wrote, the image that cannot be pulled, the last warning about
 * it. What may not be read is left out.
 */
export async function explainPodTrouble(
  pod: ConfigObject,
  link: DoctorLink,
): Promise<string> {
  const status = pod.object("status");
  const containers = [
    ...status.objects("initContainerStatuses"),
    ...status.objects("containerStatuses"),
  ];
  const name = pod.object("metadata").string("name");
  const place = { name, link };
  const lines: string[] = [];
  for (const container of containers.filter((each) => !each.boolean("ready"))) {
    lines.push(...await explainContainer(container, place));
  }
  // A container tells more than what the kubelet says about it.
  const warning = lines.length > 0 ? undefined : await lastWarning(pod, link);
  if (warning !== undefined) lines.push(`The last warning: ${warning}`);
  lines.push(`Look at it: kubectl describe pod ${name} -n ${link.namespace}`);
  return lines.join("\n");
}

/**
 * Explains why the Pods of a workload are not ready: of the first one that is
 * not. Returns nothing where they may not be read, or there are none.
 */
export async function explainWorkloadTrouble(
  { kind, name }: WorkloadLocator,
  link: DoctorLink,
): Promise<string | undefined> {
  const { api, namespace } = link;
  const path = `/namespaces/${namespace}`;
  try {
    const workload = new ConfigObject(
      await api.get(`${WORKLOAD_PATHS[kind]}${path}/${kind}s/${name}`),
    );
    const selector = workload.object("spec").object("selector");
    const labels = kind === "service"
      ? selector
      : selector.object("matchLabels");
    const list = await api.get(`/api/v1${path}/pods`, {
      labelSelector: labels.keys.map((key) => `${key}=${labels.string(key)}`)
        .join(","),
    });
    const pods = new ConfigObject(list).objects("items");
    const unready = pods.find((pod) => !parsePod(pod).isReady);
    return unready && await explainPodTrouble(unready, link);
  } catch (error) {
    if (error instanceof KubernetesError) return undefined;
    throw error;
  }
}

/** A Pod, and the way to it. */
interface PodPlace {
  readonly name: string;
  readonly link: DoctorLink;
}

async function explainContainer(
  container: ConfigObject,
  place: PodPlace,
): Promise<readonly string[]> {
  const reason = container.object("state").object("waiting").string("reason");
  if (/Image/.test(reason)) {
    return [
      `The node cannot get the image "${
        container.string("image")
      }": check its name, and that the node reaches the registry that has it`,
    ];
  }
  const states = ["state", "lastState"].map((key) => container.object(key));
  const found = states.findIndex((state) => state.has("terminated"));
  const ended = states[found]?.object("terminated");
  if (ended === undefined) return [];
  // What a container may leave behind needs no right to read logs.
  const left = ended.string("message") || await readLog(place, {
    container: container.string("name"),
    ...found === 1 && { previous: "true" },
  });
  const log = lastLines(left);
  const how = ended.string("reason") === "OOMKilled"
    ? "it had no memory left: raise its limit"
    : `exit code ${Number(ended.value("exitCode"))}`;
  const times = Number(container.value("restartCount") ?? 0);
  return [
    `The container "${
      container.string("name")
    }" ended: ${how}; restarted ${times} times`,
    ...log.length === 0 ? [] : ["The last that it wrote:"],
    ...log.map((line) => `  ${line}`),
  ];
}

/** @returns nothing where the log may not be read */
async function readLog(
  { name, link }: PodPlace,
  query: Readonly<Record<string, string>>,
): Promise<string> {
  const { server } = link.connection;
  const base = server.pathname.replace(/\/$/, "");
  const url = new URL(server);
  url.pathname = `${base}/api/v1/namespaces/${link.namespace}/pods/${name}/log`;
  url.search = new URLSearchParams({ ...query, tailLines: `${LAST_LINES}` })
    .toString();
  const response = await link.apiTransport(new Request(url));
  const text = await readTextUpTo(response, MAX_LOG_BYTES);
  return response.ok ? text : "";
}

function lastLines(text: string): readonly string[] {
  return text.split("\n").map(sanitize).filter((line) => line !== "")
    .slice(-LAST_LINES);
}

async function lastWarning(
  pod: ConfigObject,
  { api, namespace }: DoctorLink,
): Promise<string | undefined> {
  const uid = pod.object("metadata").string("uid");
  const events = await readEvents(api, { namespace, uid });
  const last = events.findLast(({ isWarning }) => isWarning);
  return last && sanitize(`${last.reason}: ${last.message}`);
}
