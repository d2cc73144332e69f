import type { ConnectionFlags } from "./connection_flags.ts";
import { hostPath, type KubeHost } from "./kube_host.ts";
import {
  EMPTY_CLUSTER,
  EMPTY_USER,
  type KubeCluster,
  type Kubeconfig,
  type KubeContext,
  type KubeUser,
} from "./kubeconfig.ts";
import { unusableKubeconfig } from "./kubeconfig_error.ts";

/** What is used of a kubeconfig, flags included. */
export interface ContextSelection {
  /** The files that were read. */
  readonly files: readonly string[];
  /** The context's name; empty when there is none. */
  readonly contextName: string;
  /** The cluster's name; empty when there is none. */
  readonly clusterName: string;
  /** The user's name; empty when there is none. */
  readonly userName: string;
  /** The namespace that flag or context name; empty when neither does. */
  readonly namespace: string;
  /** The cluster with the flags over it. */
  readonly cluster: KubeCluster;
  /** The user with the flags over it. */
  readonly user: KubeUser;
  /** Whether the kubeconfig has a cluster of that name. */
  readonly hasCluster: boolean;
  /** Whether the kubeconfig has a user of that name. */
  readonly hasUser: boolean;
}

const EMPTY_CONTEXT: KubeContext = { cluster: "", user: "", namespace: "" };

/**
 * Chooses context, cluster and user as kubectl does, and puts the flags over
 * them. What the kubeconfig names and lacks is empty; what a flag names must be
 * there.
 *
 * @see https://github.com/kubernetes/client-go/blob/v0.34.4/tools/clientcmd/client_config.go
 * @throws {KubeconfigError} when a context, cluster or user does not exist, or
 *   a flag is malformed
 */
export function selectContext(
  config: Kubeconfig,
  flags: ConnectionFlags,
): ContextSelection {
  const contextName = flags.context || config.currentContext;
  const context = findContext(config, flags);
  const clusterName = flags.cluster || context.cluster;
  const userName = flags.user || context.user;
  const cluster = config.clusters.get(clusterName);
  const user = config.users.get(userName);
  if (flags.user && !user) {
    throw missing(config, {
      kind: "auth info",
      name: userName,
      flag: "--user",
    });
  }
  if (flags.cluster && !cluster) {
    throw missing(config, {
      kind: "cluster",
      name: clusterName,
      flag: "--cluster",
    });
  }
  return {
    files: config.files,
    contextName,
    clusterName,
    userName,
    namespace: flags.namespace || context.namespace,
    cluster: overrideCluster(cluster ?? EMPTY_CLUSTER, flags),
    user: overrideUser(user ?? EMPTY_USER, flags),
    hasCluster: cluster !== undefined,
    hasUser: user !== undefined,
  };
}

/** Makes the paths of flags absolute: they are relative to where we are. */
export function withAbsoluteFlagPaths(
  flags: ConnectionFlags,
  host: KubeHost,
): ConnectionFlags {
  const { resolve } = hostPath(host);
  const absolute = (path: string | undefined) =>
    path ? resolve(host.cwd, path) : "";
  return {
    ...flags,
    certificateAuthority: absolute(flags.certificateAuthority),
    clientCertificate: absolute(flags.clientCertificate),
    clientKey: absolute(flags.clientKey),
  };
}

function findContext(config: Kubeconfig, flags: ConnectionFlags): KubeContext {
  const name = flags.context || config.currentContext;
  const context = config.contexts.get(name);
  if (context) return context;
  if (flags.context) {
    throw missing(config, { kind: "context", name, flag: "--context" });
  }
  if (name === "") return EMPTY_CONTEXT;
  throw unusableKubeconfig(
    config.files,
    `context was not found for specified context: ${name}${
      choice("contexts", config.contexts)
    }`,
    { field: "current-context" },
  );
}

interface MissingEntry {
  readonly kind: "context" | "cluster" | "auth info";
  readonly name: string;
  readonly flag: string;
}

function missing(config: Kubeconfig, entry: MissingEntry): Error {
  const { kind, name, flag } = entry;
  const choices = {
    "context": choice("contexts", config.contexts),
    "cluster": choice("clusters", config.clusters),
    "auth info": choice("users", config.users),
  };
  const problem = `${kind} "${name}" does not exist${choices[kind]}`;
  return unusableKubeconfig(config.files, problem, { field: flag });
}

/** Lists what is there, on a line of its own. */
export function choice(
  kind: string,
  entries: ReadonlyMap<string, unknown>,
): string {
  if (entries.size === 0) return "";
  return `\nIts ${kind} are: ${[...entries.keys()].join(", ")}`;
}

function overrideCluster(
  cluster: KubeCluster,
  flags: ConnectionFlags,
): KubeCluster {
  const authority = flags.certificateAuthority ?? "";
  const insecure = flags.insecureSkipTlsVerify ?? false;
  return {
    ...cluster,
    server: flags.server || cluster.server,
    // The name in the certificate belongs to the server it was written for.
    tlsServerName: flags.tlsServerName ||
      (flags.server ? "" : cluster.tlsServerName),
    // Either flag stands for all that is known about the authority.
    ...((authority || insecure) && {
      insecureSkipTlsVerify: insecure,
      certificateAuthority: authority,
      certificateAuthorityData: "",
    }),
  };
}

function overrideUser(user: KubeUser, flags: ConnectionFlags): KubeUser {
  return {
    ...user,
    token: flags.token || user.token,
    username: flags.username || user.username,
    password: flags.password || user.password,
    as: flags.as || user.as,
    asUid: flags.asUid || user.asUid,
    asGroups: flags.asGroup?.length ? flags.asGroup : user.asGroups,
    asUserExtra: new Map([
      ...user.asUserExtra,
      ...parseUserExtra(flags.asUserExtra ?? []),
    ]),
    ...(flags.clientCertificate && {
      clientCertificate: flags.clientCertificate,
      clientCertificateData: "",
    }),
    ...(flags.clientKey && { clientKey: flags.clientKey, clientKeyData: "" }),
  };
}

function parseUserExtra(
  entries: readonly string[],
): ReadonlyMap<string, readonly string[]> {
  const extra = new Map<string, readonly string[]>();
  for (const entry of entries) {
    const separator = entry.indexOf("=");
    if (separator < 1) {
      throw unusableKubeconfig(
        [],
        `--as-user-extra is "${entry}", but key=value is wanted`,
        { field: "--as-user-extra" },
      );
    }
    const key = entry.slice(0, separator);
    const values = extra.get(key) ?? [];
    extra.set(key, [...values, entry.slice(separator + 1)]);
  }
  return extra;
}
