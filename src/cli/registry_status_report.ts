import type { Obstacle } from "../cluster/registry_obstacle.ts";
import type {
  RegistryName,
  RegistryPod,
  RegistryState,
} from "../cluster/registry_state.ts";
import { type RegistryUsage, roomIn } from "../cluster/registry_usage.ts";
import { formatSize } from "./quantity.ts";

/** All that is known of a registry. */
export interface RegistryStatus {
  /** What it is called. */
  readonly registry: RegistryName;
  /** What the cluster knows of it. */
  readonly state: RegistryState;
  /** What keeps it from being ready. */
  readonly obstacle?: Obstacle;
  /** What image names in Pod specs begin with. */
  readonly address?: string;
  /** How much it keeps, where it says so. */
  readonly usage?: RegistryUsage;
  /** Number of repositories, where it says so. */
  readonly repositories?: number;
}

/** Writes a line for each thing. */
export function statusText(status: RegistryStatus): string {
  const { registry, state, obstacle, address, usage, repositories } = status;
  const { name, namespace } = registry;
  const lines: readonly (readonly [string, string | undefined])[] = [
    ["registry", `${name} in namespace ${namespace}`],
    ["state", obstacle === undefined ? "ready" : "not ready"],
    ["image", `${state.image}${of(state.software)}`],
    ["version", usage?.version],
    ...state.pods.map((pod) => [pod.name, podText(pod)] as const),
    ["storage", storageText(status)],
    ["repositories", repositories?.toString()],
    ["Pod specs use", address && `${address}/NAME:TAG`],
    ["why not ready", obstacle?.text],
  ];
  const known = lines.filter(([, value]) => value !== undefined);
  const width = Math.max(...known.map(([title]) => title.length));
  const advice = obstacle?.advice ? `${obstacle.advice}\n` : "";
  return known.map(([title, value]) => `${title.padEnd(width)}  ${value}\n`)
    .join("") + advice;
}

/** Writes one JSON document. */
export function statusJson(status: RegistryStatus): string {
  const { registry, state, obstacle, address, usage, repositories } = status;
  const document = {
    ...registry,
    ready: obstacle === undefined,
    reason: obstacle?.text,
    image: state.image,
    software: state.software || undefined,
    version: usage?.version,
    storage: state.storage || undefined,
    replicas: state.replicas,
    pods: state.pods.map(({ name, node, isReady, state, restarts }) => ({
      name,
      node: node || undefined,
      ready: isReady,
      state,
      restarts,
    })),
    bytesUsed: usage?.bytes,
    bytesLimit: usage?.limit,
    bytesLeft: usage && roomIn(usage),
    repositories,
    nodeAddress: address,
  };
  return `${JSON.stringify(document)}\n`;
}

function of(software: string): string {
  return software === "" ? "" : ` (${software})`;
}

function podText({ node, state, restarts }: RegistryPod): string {
  const where = node === "" ? "" : ` on ${node}`;
  const times = restarts === 1 ? "once" : `${restarts} times`;
  return `${state}${where}${restarts > 0 ? `, started again ${times}` : ""}`;
}

function storageText(
  { state, usage }: RegistryStatus,
): string | undefined {
  const used = usage === undefined ? "" : `${formatSize(usage.bytes)} used`;
  const limit = usage?.limit === undefined
    ? ""
    : ` of ${formatSize(usage.limit)}`;
  const room = usage && roomIn(usage);
  const left = room === undefined ? "" : `${formatSize(room)} left`;
  const parts = [state.storage, `${used}${limit}`, left].filter((part) =>
    part !== ""
  );
  return parts.length === 0 ? undefined : parts.join(", ");
}
