import project from "../../deno.json" with { type: "json" };
import { withTrace } from "../http/trace.ts";
import type { Transport } from "../http/transport.ts";
import { clusterTransport } from "../kube/cluster_transport.ts";
import type { ConnectionFlags } from "../kube/connection_flags.ts";
import { KubeApi } from "../kube/kube_api.ts";
import { loadConnection } from "../kube/load_connection.ts";
import { podOrReplica } from "../kube/pod_or_replica.ts";
import { PodProxy } from "../kube/pod_proxy.ts";
import { choosePod } from "../kube/pod_selection.ts";
import { parseRegistryFlag } from "../kube/registry_flag.ts";
import type { Io } from "./io.ts";
import type { OutputSettings } from "./output_flags.ts";
import type { ProgressDisplay } from "./progress_display.ts";
import { DEFAULT_REGISTRY } from "./registry_flags.ts";

/** What a command says about the API server that it wants. */
export interface ClusterLinkSettings {
  /** How to reach the API server. */
  readonly connection: ConnectionFlags;
  /** Milliseconds without a byte after which a connection has failed. */
  readonly stallTimeout: number;
  /** How the command speaks. */
  readonly output: OutputSettings;
}

/** Options for {@linkcode openClusterLink}. */
export interface ClusterLinkOptions {
  /** The world outside. */
  readonly io: Io;
  /** Where warnings and traces go. */
  readonly display: ProgressDisplay;
  /** Whether the command reads standard input itself. */
  readonly stdinTaken: boolean;
}

/** The way from a kubeconfig to an API server; closed by `using`. */
export interface ClusterLink extends Disposable {
  /** The API server's URL, with its base path. */
  readonly server: URL;
  /** The namespace that the kubeconfig and the flags name. */
  readonly namespace: string;
  /** Sends requests with the user's credentials. */
  readonly transport: Transport;
  /** Reads and writes objects. */
  readonly api: KubeApi;
  /**
   * Returns the way to a registry's Pod.
   *
   * @param registry the value of `--registry`
   * @throws {RegistryFlagSyntaxError} when it is malformed
   */
  podProxy(registry: string): PodProxy;
}

/**
 * Reads the kubeconfig and prepares the way to the API server; nothing is
 * sent.
 *
 * @throws {KubeconfigError} when the kubeconfig cannot be used
 */
export async function openClusterLink(
  settings: ClusterLinkSettings,
  { io, display, stdinTaken }: ClusterLinkOptions,
): Promise<ClusterLink> {
  const connection = await loadConnection(
    settings.connection,
    io.kubeHost({ stdinTaken }),
  );
  for (const warning of connection.warnings) display.warn(warning);
  const cluster = clusterTransport(connection, {
    stallTimeout: settings.stallTimeout,
    userAgent: `k8scr/${project.version}`,
  });
  const trace = withTrace((line) => display.trace(line));
  const transport = settings.output.verbose
    ? trace(cluster.transport)
    : cluster.transport;
  const { server, namespace } = connection;
  const api = new KubeApi(transport, connection);
  return {
    server,
    namespace,
    transport,
    api,
    podProxy(registry) {
      const locator = parseRegistryFlag(registry);
      // What `registry up` makes is a StatefulSet of that name.
      const chooser = registry === DEFAULT_REGISTRY
        ? podOrReplica(registry, transport, { server, namespace })
        : choosePod(locator, { api, namespace });
      return new PodProxy(transport, { server, namespace, chooser });
    },
    [Symbol.dispose]: () => cluster.close(),
  };
}
