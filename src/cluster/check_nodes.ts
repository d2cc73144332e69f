import { ConfigObject } from "../kube/config_object.ts";
import { KubernetesError } from "../kube/status_error.ts";
import type { SeenPod } from "./check_pod.ts";
import type { CheckResult } from "./doctor_finding.ts";
import type { DoctorLink } from "./doctor_link.ts";

/** What matters of a node. */
interface Node {
  readonly name: string;
  readonly platform: string;
  /** Runtime and version, as `containerd 1.7.2`. */
  readonly runtime: string;
  readonly isReady: boolean;
}

/** An address that Pod specs can use, and where. */
interface PullWay {
  readonly address: string;
  /** What makes it, for people. */
  readonly by: string;
  /** The only node that has it; absent for all. */
  readonly node?: string;
}

/**
 * Lists architectures and runtimes of the nodes, and by which address they can
 * pull from the registry without any configuration on them.
 *
 * @param registry the registry's Pod, where it may be read
 */
export async function checkNodes(
  link: DoctorLink,
  registry: SeenPod | undefined,
): Promise<CheckResult<number>> {
  const listed = await list(link, "/api/v1/nodes");
  if (listed instanceof KubernetesError) {
    return { status: "skipped", text: `cannot look: ${listed.statusMessage}` };
  }
  const nodes = listed.map(parseNode);
  const ways = registry === undefined ? [] : await pullWays(registry, link);
  const facts = { nodes, ...registry && { pull: ways } };
  const text = `${describeNodes(nodes)}${describeWays(ways)}`;
  const doubts = [
    ...doubtsAboutNodes(nodes),
    ...registry === undefined ? [] : doubtsAboutWays(ways, nodes),
  ];
  if (doubts.length === 0) {
    return { status: "ok", text, facts, value: nodes.length };
  }
  const advice = doubts.join("\n");
  return { status: "warning", text, advice, facts, value: nodes.length };
}

/** @returns the refusal where the objects may not be read */
async function list(
  { api }: DoctorLink,
  path: string,
): Promise<readonly ConfigObject[] | KubernetesError> {
  try {
    return new ConfigObject(await api.get(path)).objects("items");
  } catch (error) {
    if (!(error instanceof KubernetesError)) throw error;
    if (error.status !== 403) throw error;
    return error;
  }
}

function parseNode(object: ConfigObject): Node {
  const status = object.object("status");
  const system = status.object("nodeInfo");
  return {
    name: object.object("metadata").string("name"),
    platform: `${system.string("operatingSystem")}/${
      system.string("architecture")
    }`,
    runtime: system.string("containerRuntimeVersion").replace("://", " "),
    isReady: status.objects("conditions").some((condition) =>
      condition.string("type") === "Ready" &&
      condition.string("status") === "True"
    ),
  };
}

async function pullWays(
  { pod, object }: SeenPod,
  link: DoctorLink,
): Promise<readonly PullWay[]> {
  const spec = object.object("spec");
  const node = spec.string("nodeName");
  const hostPorts = spec.objects("containers").flatMap((container) =>
    container.objects("ports").filter((port) => port.has("hostPort"))
  ).map((port) => ({
    address: `localhost:${Number(port.value("hostPort"))}`,
    by: "hostPort",
    node,
  }));
  const path = `/api/v1/namespaces/${link.namespace}/services`;
  const services = await list(link, path);
  if (services instanceof KubernetesError) return hostPorts;
  const labels = object.object("metadata").object("labels");
  const nodePorts = services.filter((service) => selects(service, labels))
    .flatMap((service) => {
      const by = `NodePort of service/${
        service.object("metadata").string("name")
      }`;
      return service.object("spec").objects("ports")
        .filter((port) => port.has("nodePort") && leadsTo(port, pod.ports))
        .map((port) => ({
          address: `localhost:${Number(port.value("nodePort"))}`,
          by,
        }));
    });
  return [...nodePorts, ...hostPorts];
}

function selects(service: ConfigObject, labels: ConfigObject): boolean {
  const selector = service.object("spec").object("selector");
  return selector.keys.length > 0 &&
    selector.keys.every((key) => selector.string(key) === labels.string(key));
}

/** A port that the Pod does not declare may be the registry's all the same. */
function leadsTo(
  port: ConfigObject,
  declared: SeenPod["pod"]["ports"],
): boolean {
  const target = String(port.value("targetPort") ?? port.value("port"));
  return declared.length === 0 ||
    declared.some(({ name, port }) =>
      name === target || String(port) === target
    );
}

function describeNodes(nodes: readonly Node[]): string {
  const kinds = new Map<string, number>();
  for (const { platform, runtime } of nodes) {
    const kind = `${platform} with ${runtime}`;
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  const parts = [...kinds].map(([kind, count]) =>
    `${count} ${count === 1 ? "node" : "nodes"} ${kind}`
  );
  return parts.join(", ") || "there are no nodes";
}

function describeWays(ways: readonly PullWay[]): string {
  const [way] = ways;
  if (way === undefined) return "";
  const where = way.node === undefined ? "they pull" : `${way.node} pulls`;
  return `; ${where} from ${way.address} (${way.by})`;
}

function doubtsAboutNodes(nodes: readonly Node[]): readonly string[] {
  const unready = nodes.filter(({ isReady }) => !isReady);
  return [
    ...unready.length === 0 ? [] : [
      `Not ready: ${unready.map(({ name }) => name).join(", ")}`,
    ],
    // containerd and Docker take localhost for a registry without TLS.
    ...nodes.some(({ runtime }) => /^cri-o/.test(runtime))
      ? [
        "CRI-O wants TLS also of localhost: set insecure = true for the address in /etc/containers/registries.conf.d",
      ]
      : [],
  ];
}

function doubtsAboutWays(
  ways: readonly PullWay[],
  nodes: readonly Node[],
): readonly string[] {
  if (ways.length === 0) {
    return [
      "Nodes cannot pull from the registry: give its Pod a hostPort, or make a Service of type NodePort for it",
    ];
  }
  const only = ways.every(({ node }) => node !== undefined);
  if (!only || nodes.length < 2) return [];
  return [
    "Only the node of the registry's Pod can pull from it: a Service of type NodePort serves all of them",
  ];
}
