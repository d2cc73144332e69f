import { nodeAddress } from "../cluster/node_address.ts";
import { KubeApi } from "../kube/kube_api.ts";
import type { PodProxy } from "../kube/pod_proxy.ts";
import type { ClusterLink } from "./cluster_link.ts";
import type { LinkSettings } from "./link_settings.ts";
import type { ProgressDisplay } from "./progress_display.ts";

/** Options for {@linkcode findNodeAddress}. */
export interface NodeAddressSearchOptions {
  /** The way to the cluster that the registry is in. */
  readonly cluster: Pick<ClusterLink, "server" | "namespace" | "transport">;
  /** Where a failure is told to whoever wants to see everything. */
  readonly display: Pick<ProgressDisplay, "trace">;
  /** Whether that is so. */
  readonly settings: Pick<LinkSettings, "output">;
  /**
   * Milliseconds after which it is given up: who has pushed does not wait long
   * for what is only good to know.
   *
   * @default {5000}
   */
  readonly deadline?: number;
}

/**
 * Finds the address that nodes pull from once images are in a registry. A
 * failure must not become that of a push which is done, so there is none: what
 * cannot be found is `undefined`.
 */
export async function findNodeAddress(
  pod: PodProxy,
  { cluster, display, settings, deadline = 5000 }: NodeAddressSearchOptions,
): Promise<string | undefined> {
  const { server, namespace, transport } = cluster;
  const api = new KubeApi(transport, { server, requestTimeout: deadline });
  try {
    return await nodeAddress(await pod.segment(), { api, namespace });
  } catch (error) {
    if (settings.output.verbose) {
      display.trace(
        `Cannot tell how nodes pull: ${
          error instanceof Error ? error.message : error
        }`,
      );
    }
    return undefined;
  }
}
