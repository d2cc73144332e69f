import { nodeAddress } from "../cluster/node_address.ts";
import { PROBE_REPOSITORY } from "../cluster/probe_image.ts";
import { findObstacle } from "../cluster/registry_obstacle.ts";
import { REGISTRY_PORT } from "../cluster/registry_software.ts";
import {
  readRegistry,
  type RegistryName,
  type RegistryState,
} from "../cluster/registry_state.ts";
import { readUsage } from "../cluster/registry_usage.ts";
import { Registry } from "../registry/registry.ts";
import { RegistryError } from "../registry/registry_error.ts";
import { type ClusterLink, openClusterLink } from "./cluster_link.ts";
import { ExitCode } from "./exit_code.ts";
import type { Io } from "./io.ts";
import { openProgressDisplay } from "./open_progress_display.ts";
import type { RegistrySettings } from "./registry_settings.ts";
import {
  type RegistryStatus,
  statusJson,
  statusText,
} from "./registry_status_report.ts";

/** Does what `k8scr registry status` was told, and returns the exit code. */
export async function runRegistryStatus(
  settings: RegistrySettings,
  io: Io,
): Promise<number> {
  const display = openProgressDisplay(io, settings.output);
  let status: RegistryStatus;
  try {
    using cluster = await openClusterLink(settings, {
      io,
      display,
      stdinTaken: false,
    });
    const { namespace } = cluster;
    const registry = { name: settings.name, namespace };
    status = await readStatus(registry, cluster, io.signal);
  } finally {
    display.close();
  }
  const isJson = settings.output.output === "json";
  await io.stdout.write(isJson ? statusJson(status) : statusText(status));
  return status.obstacle === undefined ? ExitCode.OK : ExitCode.FAILED;
}

async function readStatus(
  registry: RegistryName,
  cluster: ClusterLink,
  signal: AbortSignal,
): Promise<RegistryStatus> {
  const { api, namespace } = cluster;
  const state = await readRegistry(api, registry);
  if (state === undefined) {
    throw new Error(
      `Cannot show the registry "${registry.name}": there is none in namespace "${namespace}"\n` +
        "Make one: k8scr registry up, or check the name and the namespace (-n)",
    );
  }
  const obstacle = state.isSettled
    ? undefined
    : await findObstacle(registry, state, { api, oldEvents: new Set() });
  const address = await nodeAddress(`${registry.name}-0`, cluster);
  return {
    registry,
    state,
    ...obstacle && { obstacle },
    ...address !== undefined && { address },
    ...await readContent(state, cluster, signal),
  };
}

/** What a registry says of its content: one Pod knows of all. */
async function readContent(
  { pods }: RegistryState,
  cluster: ClusterLink,
  signal: AbortSignal,
): Promise<Pick<RegistryStatus, "usage" | "repositories">> {
  const pod = pods.find(({ isReady }) => isReady);
  if (pod === undefined) return {};
  const { transport } = cluster.podProxy(`${pod.name}:${REGISTRY_PORT}`);
  const usage = await readUsage(transport, signal);
  const registry = new Registry(transport, { retry: { signal } });
  const repositories = await countRepositories(registry, signal);
  return {
    ...usage && { usage },
    ...repositories !== undefined && { repositories },
  };
}

/** A catalog is not part of the specification. */
async function countRepositories(
  registry: Registry,
  signal: AbortSignal,
): Promise<number | undefined> {
  let count = 0;
  try {
    for await (const name of registry.repositories({ signal })) {
      if (name !== PROBE_REPOSITORY) count++;
    }
    return count;
  } catch (error) {
    if (error instanceof RegistryError) return undefined;
    throw error;
  }
}
