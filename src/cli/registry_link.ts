import project from "../../deno.json" with { type: "json" };
import { withTrace } from "../http/trace.ts";
import { clusterTransport } from "../kube/cluster_transport.ts";
import { KubeApi } from "../kube/kube_api.ts";
import { loadConnection } from "../kube/load_connection.ts";
import { PodProxy } from "../kube/pod_proxy.ts";
import {
  choosePod,
  diagnosePod,
  type PodSelectionOptions,
} from "../kube/pod_selection.ts";
import { parseRegistryFlag } from "../kube/registry_flag.ts";
import { KubernetesError } from "../kube/status_error.ts";
import { Registry } from "../registry/registry.ts";
import type { Io } from "./io.ts";
import type { ProgressDisplay } from "./progress_display.ts";
import type { PushSettings } from "./push_settings.ts";
import { retryNotice } from "./retry_notice.ts";

/** What a command says about the registry that it wants. */
export type RegistryLinkSettings = Pick<
  PushSettings,
  "registry" | "connection" | "chunkSize" | "stallTimeout" | "output"
>;

/** Options for {@linkcode openRegistryLink}. */
export interface RegistryLinkOptions {
  /** The world outside. */
  readonly io: Io;
  /** Where warnings and traces go. */
  readonly display: ProgressDisplay;
  /** Whether the command reads standard input itself. */
  readonly stdinTaken: boolean;
}

/** The way from a kubeconfig to a registry in a Pod; closed by `using`. */
export interface RegistryLink extends Disposable {
  /** Makes sure that the registry answers, and returns it. */
  connect(): Promise<Registry>;
}

/**
 * Reads the kubeconfig and prepares the way to the registry; nothing is sent
 * before {@linkcode RegistryLink.connect}.
 *
 * @throws {RegistryFlagSyntaxError} when `--registry` is malformed
 * @throws {KubeconfigError} when the kubeconfig cannot be used
 */
export async function openRegistryLink(
  settings: RegistryLinkSettings,
  { io, display, stdinTaken }: RegistryLinkOptions,
): Promise<RegistryLink> {
  const locator = parseRegistryFlag(settings.registry);
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
  const { server, namespace, requestTimeout } = connection;
  const api = new KubeApi(transport, {
    server,
    ...requestTimeout !== undefined && { requestTimeout },
  });
  const chooser = choosePod(locator, { api, namespace });
  const proxy = new PodProxy(transport, { server, namespace, chooser });
  const registry = new Registry(proxy.transport, {
    chunkSize: settings.chunkSize,
    retry: { signal: io.signal, onRetry: retryNotice(display) },
  });
  return {
    connect: async () => {
      await diagnosed(proxy, { api, namespace }, () => ping(registry, io));
      return registry;
    },
    [Symbol.dispose]: () => cluster.close(),
  };
}

function ping(registry: Registry, io: Io): Promise<void> {
  return registry.ping({ signal: io.signal });
}

/** Adds the state of the Pod to a failure on the way to it. */
async function diagnosed(
  proxy: PodProxy,
  options: PodSelectionOptions,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof KubernetesError)) throw error;
    if (error.hop !== "pod") throw error;
    const diagnosis = await diagnosePod(await proxy.segment(), options);
    if (diagnosis === undefined) throw error;
    throw error.with({ message: `${error.message}\n${diagnosis}` });
  }
}
