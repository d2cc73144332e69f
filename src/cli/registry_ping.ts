import type { PodProxy } from "../kube/pod_proxy.ts";
import { diagnosePod } from "../kube/pod_selection.ts";
import { KubernetesError } from "../kube/status_error.ts";
import type { Registry } from "../registry/registry.ts";
import type { ClusterLink } from "./cluster_link.ts";
import type { Io } from "./io.ts";

/** Options for {@linkcode pingRegistry}. */
export interface RegistryPingOptions {
  /** The way to the Pod that the registry runs in. */
  readonly pod: PodProxy;
  /** Where the Pod is looked at when it does not answer. */
  readonly cluster: Pick<ClusterLink, "api" | "namespace">;
  /** Ends it. */
  readonly io: Pick<Io, "signal">;
}

/**
 * Makes sure that a registry answers. The state of its Pod is added to a
 * failure on the way to it.
 *
 * @throws {KubernetesError} when the API server or the Pod does not let it
 * @throws {ConnectionError} when the API server does not answer
 * @throws {RegistryError} when what answers is no registry, or wants a login
 */
export async function pingRegistry(
  registry: Registry,
  { pod, cluster, io }: RegistryPingOptions,
): Promise<void> {
  try {
    await registry.ping({ signal: io.signal });
  } catch (error) {
    if (!(error instanceof KubernetesError)) throw error;
    if (error.hop !== "pod") throw error;
    const diagnosis = await diagnosePod(await pod.segment(), cluster);
    if (diagnosis === undefined) throw error;
    throw error.with({ message: `${error.message}\n${diagnosis}` });
  }
}
