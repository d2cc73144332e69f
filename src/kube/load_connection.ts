import type { Connection } from "./connection.ts";
import type { ConnectionFlags } from "./connection_flags.ts";
import {
  choice,
  type ContextSelection,
  selectContext,
  withAbsoluteFlagPaths,
} from "./context_selection.ts";
import { ANONYMOUS, credentialProvider } from "./credential_provider.ts";
import { impersonationHeaders } from "./impersonation.ts";
import {
  ignoredInCluster,
  inClusterNamespace,
  isInCluster,
  selectServiceAccount,
} from "./in_cluster.ts";
import { failureReason, type KubeHost } from "./kube_host.ts";
import type { Kubeconfig, KubeUser } from "./kubeconfig.ts";
import { KubeconfigError, unusableKubeconfig } from "./kubeconfig_error.ts";
import { readKubeconfigFile } from "./kubeconfig_file.ts";
import { locateKubeconfig } from "./kubeconfig_location.ts";
import { mergeKubeconfigs } from "./kubeconfig_merge.ts";
import { validateSelection } from "./kubeconfig_validation.ts";
import { selectProxy } from "./proxy_settings.ts";
import { parseRequestTimeout } from "./request_timeout.ts";
import { parseServerUrl } from "./server_url.ts";
import { tlsSettings } from "./tls_settings.ts";

/** What kubectl dials when it knows no server; we never do. */
const NO_SERVER = "http://localhost:8080";

/**
 * Reads the kubeconfig as kubectl would: one file that `--kubeconfig` names, or
 * those of `$KUBECONFIG` merged, or the one in the home folder. Files that do
 * not exist are left out unless the flag names them.
 *
 * @throws {KubeconfigError} when a file cannot be read or parsed, or when the
 *   one that the flag names does not exist
 */
export async function readKubeconfig(
  flags: Pick<ConnectionFlags, "kubeconfig">,
  host: KubeHost,
): Promise<Kubeconfig> {
  const { paths, required } = await locateKubeconfig(flags, host);
  const configs: Kubeconfig[] = [];
  for (const path of paths) {
    const config = await readKubeconfigFile(path, host);
    if (config) configs.push(config);
    if (!config && required) {
      throw new KubeconfigError(
        `Cannot read kubeconfig "${path}": no such file or directory`,
        { path, field: "--kubeconfig" },
      );
    }
  }
  return mergeKubeconfigs(configs);
}

/**
 * Finds out which cluster to speak to, and as whom, the way kubectl does: from
 * the kubeconfig, from flags, or from the service account of the Pod that the
 * program runs in. Nothing is sent.
 *
 * @throws {KubeconfigError} when that leads nowhere; the message has kubectl's
 *   wording where kubectl has one
 */
export async function loadConnection(
  flags: ConnectionFlags,
  host: KubeHost,
): Promise<Connection> {
  const absoluteFlags = withAbsoluteFlagPaths(flags, host);
  const config = await readKubeconfig(flags, host);
  const chosen = selectContext(config, absoluteFlags);
  const problem = await validateSelection(chosen, host);
  if (problem) throw problem;
  const inCluster = await isInCluster(host);
  const useServiceAccount = inCluster && isDefault(chosen, host);
  const selection = useServiceAccount
    ? await selectServiceAccount(chosen, { flags: absoluteFlags, host })
    : withDefaultServer(chosen, { config, host });
  const namespace = selection.namespace ||
    (inCluster ? await inClusterNamespace(host) : "default");
  assertNamespace(namespace, selection);
  return await connect(selection, {
    host,
    namespace,
    origin: useServiceAccount
      ? "the service account of this Pod"
      : describeFiles(config),
    requestTimeout: requestTimeout(flags),
    warnings: useServiceAccount ? ignoredFlagWarnings(absoluteFlags) : [],
  });
}

interface ConnectOptions {
  readonly host: KubeHost;
  readonly namespace: string;
  readonly origin: string;
  readonly requestTimeout: number | undefined;
  readonly warnings: readonly string[];
}

async function connect(
  selection: ContextSelection,
  options: ConnectOptions,
): Promise<Connection> {
  const { host, namespace, origin, requestTimeout } = options;
  const { contextName, clusterName, userName, cluster } = selection;
  const server = serverUrl(selection);
  // Whoever listens on a plain connection must not get to see them.
  const secure = server.protocol === "https:";
  const warnings = [...options.warnings];
  const warn = (warning: string) => warnings.push(warning);
  const tls = secure ? await tlsSettings(selection, host) : { insecure: false };
  const credentials = secure
    ? await credentialProvider(selection, { host, warn })
    : ANONYMOUS;
  const proxy = selectProxy(server, { proxyUrl: cluster.proxyUrl, host });
  warnings.push(...selectionWarnings(selection, server));
  return {
    server,
    namespace,
    contextName,
    clusterName,
    userName,
    origin,
    tls,
    credentials,
    impersonation: impersonationHeaders(selection.user),
    ...(proxy && { proxy }),
    ...(requestTimeout !== undefined && { requestTimeout }),
    warnings,
  };
}

/**
 * Tells whether the selection is what kubectl has without any kubeconfig; only
 * then it turns to the service account.
 */
function isDefault({ cluster }: ContextSelection, host: KubeHost): boolean {
  const server = host.env("KUBERNETES_MASTER") || NO_SERVER;
  return (cluster.server || server) === server && cluster.proxyUrl === "" &&
    !cluster.disableCompression;
}

interface DefaultServerOptions {
  readonly config: Kubeconfig;
  readonly host: KubeHost;
}

/** @throws {KubeconfigError} where kubectl would dial `localhost:8080` */
function withDefaultServer(
  selection: ContextSelection,
  { config, host }: DefaultServerOptions,
): ContextSelection {
  const { cluster } = selection;
  if (cluster.server !== "") return selection;
  const server = host.env("KUBERNETES_MASTER");
  if (server) return { ...selection, cluster: { ...cluster, server } };
  throw noServer(selection, config);
}

function noServer(
  selection: ContextSelection,
  config: Kubeconfig,
): KubeconfigError {
  const { files, contextName, clusterName, hasCluster } = selection;
  if (hasCluster) {
    return unusableKubeconfig(
      files,
      `no server found for cluster "${clusterName}"`,
      { field: "server" },
    );
  }
  if (contextName !== "") {
    const problem = clusterName === ""
      ? `cluster was not specified for context "${contextName}"`
      : `cluster "${clusterName}" was not found for context "${contextName}"`;
    return unusableKubeconfig(files, problem, { field: "cluster" });
  }
  if (config.contexts.size > 0) {
    return unusableKubeconfig(
      files,
      `there is no current-context\nName one with --context${
        choice("contexts", config.contexts)
      }`,
      { field: "current-context" },
    );
  }
  if (files.length > 0) {
    return unusableKubeconfig(files, "it names no cluster");
  }
  return new KubeconfigError(
    "Cannot find a cluster: no kubeconfig and not in a cluster\nName a file with --kubeconfig or $KUBECONFIG, put one at ~/.kube/config, or run as a Pod with a service account",
  );
}

function serverUrl({ files, cluster, clusterName }: ContextSelection): URL {
  try {
    return parseServerUrl(cluster.server);
  } catch (cause) {
    throw unusableKubeconfig(
      files,
      `invalid server of cluster "${clusterName}": ${failureReason(cause)}`,
      { field: "server", cause },
    );
  }
}

/** A namespace is one segment of the path of every request. */
function assertNamespace(
  namespace: string,
  { files }: ContextSelection,
): void {
  if (!/^\.{1,2}$|[/%?#\\\s]/.test(namespace)) return;
  throw unusableKubeconfig(
    files,
    `invalid namespace "${namespace}": it cannot be a segment of a path`,
    { field: "namespace" },
  );
}

function requestTimeout(flags: ConnectionFlags): number | undefined {
  if (!flags.requestTimeout) return undefined;
  try {
    return parseRequestTimeout(flags.requestTimeout);
  } catch (cause) {
    throw unusableKubeconfig([], failureReason(cause), {
      field: "--request-timeout",
      cause,
    });
  }
}

function describeFiles({ files }: Kubeconfig): string {
  return files.length === 0 ? "the connection flags" : files.join(", ");
}

function ignoredFlagWarnings(flags: ConnectionFlags): readonly string[] {
  return ignoredInCluster(flags).map((flag) =>
    `${flag} has no effect on the service account of this Pod`
  );
}

function selectionWarnings(
  { cluster, clusterName, user, userName, hasUser }: ContextSelection,
  server: URL,
): readonly string[] {
  if (server.protocol !== "https:") {
    if (!hasCredentials(user)) return [];
    return [`${server.origin} is not https: no credentials are sent to it`];
  }
  const warnings: string[] = [];
  if (cluster.insecureSkipTlsVerify) {
    warnings.push(
      `The certificate of ${server.origin} is not verified: insecure-skip-tls-verify is set for cluster "${clusterName}"`,
    );
  }
  if (userName !== "" && !hasUser && !hasCredentials(user)) {
    warnings.push(
      `User "${userName}" is not in the kubeconfig: requests are anonymous`,
    );
  }
  return warnings;
}

function hasCredentials(user: KubeUser): boolean {
  return user.exec !== undefined || [
    user.token,
    user.tokenFile,
    user.username,
    user.clientCertificate,
    user.clientCertificateData,
  ].some((value) => value !== "");
}
