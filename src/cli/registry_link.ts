import { parseRegistryFlag } from "../kube/registry_flag.ts";
import { Registry } from "../registry/registry.ts";
import type { UploadJournal } from "../registry/upload_journal.ts";
import {
  type ClusterLink,
  type ClusterLinkOptions,
  openClusterLink,
} from "./cluster_link.ts";
import type { LinkSettings } from "./link_settings.ts";
import { findNodeAddress } from "./node_address_search.ts";
import { Pace } from "./pace.ts";
import { pingRegistry } from "./registry_ping.ts";
import { retryNotice } from "./retry_notice.ts";

/** The way from a kubeconfig to a registry in a Pod; closed by `using`. */
export interface RegistryLink extends Disposable {
  /** The way to the API server alone. */
  readonly cluster: ClusterLink;
  /** Makes sure, once, that the registry answers, and returns it. */
  connect(): Promise<Registry>;
  /**
   * Finds the `localhost:PORT` that nodes pull from, where `registry up` made
   * the registry and the user may read its Service; never fails, takes seconds
   * at most.
   */
  nodeAddress(): Promise<string | undefined>;
}

/** Options for {@linkcode openRegistryLink}. */
export interface RegistryLinkOptions extends ClusterLinkOptions {
  /** Opens what remembers where uploads stand; default nothing does. */
  readonly journal?: (cluster: ClusterLink) => UploadJournal | undefined;
}

/**
 * Reads the kubeconfig and prepares the way to the registry; nothing is sent
 * before {@linkcode RegistryLink.connect}.
 *
 * @throws {RegistryFlagSyntaxError} when `--registry` is malformed
 * @throws {KubeconfigError} when the kubeconfig cannot be used
 */
export async function openRegistryLink(
  settings: LinkSettings,
  options: RegistryLinkOptions,
): Promise<RegistryLink> {
  parseRegistryFlag(settings.registry);
  const cluster = await openClusterLink(settings, options);
  const proxy = cluster.podProxy(settings.registry);
  const { io, display } = options;
  const journal = options.journal?.(cluster);
  const pace = new Pace(settings, { cluster, io, display });
  const registry = new Registry(pace.apply(proxy.transport), {
    ...settings.chunkSize !== undefined && { chunkSize: settings.chunkSize },
    retry: { signal: io.signal, onRetry: retryNotice(display) },
    ...journal && { journal },
  });
  const connect = async () => {
    await pingRegistry(registry, { pod: proxy, cluster, io });
    await pace.start();
    return registry;
  };
  let connected: Promise<Registry> | undefined;
  return {
    cluster,
    connect: () => connected ??= connect(),
    nodeAddress: () => findNodeAddress(proxy, { cluster, display, settings }),
    [Symbol.dispose]: () => {
      pace[Symbol.dispose]();
      cluster[Symbol.dispose]();
    },
  };
}
