import type { ConnectionFlags } from "../kube/connection_flags.ts";
import type { KubeHost } from "../kube/kube_host.ts";
import type { Kubeconfig } from "../kube/kubeconfig.ts";
import { KubeconfigError } from "../kube/kubeconfig_error.ts";
import { readKubeconfig } from "../kube/load_connection.ts";

/** What a kubeconfig has names of. */
export type KubeconfigNames = "contexts" | "clusters" | "users" | "namespaces";

/** The namespace that every cluster has and no kubeconfig needs to name. */
const DEFAULT_NAMESPACE = "default";

/**
 * Returns the names of a kubeconfig, sorted. There are none when it cannot be
 * read: a shell that completes a word has no place for an error.
 */
export async function completeKubeconfig(
  kind: KubeconfigNames,
  flags: ConnectionFlags,
  host: KubeHost,
): Promise<readonly string[]> {
  try {
    return namesIn(await readKubeconfig(flags, host), kind);
  } catch (error) {
    if (error instanceof KubeconfigError) return [];
    throw error;
  }
}

function namesIn(
  kubeconfig: Kubeconfig,
  kind: KubeconfigNames,
): readonly string[] {
  if (kind !== "namespaces") return [...kubeconfig[kind].keys()].sort();
  const named = [...kubeconfig.contexts.values()]
    .map(({ namespace }) => namespace)
    .filter((namespace) => namespace !== "");
  return [...new Set([DEFAULT_NAMESPACE, ...named])].sort();
}
