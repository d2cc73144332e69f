import type { Kubeconfig } from "./kubeconfig.ts";

/**
 * Merges kubeconfigs: of entries with the same name the first one counts, whole;
 * the current context is the first one that is set.
 *
 * @see https://github.com/kubernetes/client-go/blob/v0.34.4/tools/clientcmd/loader.go
 */
export function mergeKubeconfigs(configs: readonly Kubeconfig[]): Kubeconfig {
  return {
    files: configs.flatMap((config) => config.files),
    currentContext: configs.find((config) => config.currentContext !== "")
      ?.currentContext ?? "",
    contexts: mergeEntries(configs.map((config) => config.contexts)),
    clusters: mergeEntries(configs.map((config) => config.clusters)),
    users: mergeEntries(configs.map((config) => config.users)),
  };
}

function mergeEntries<T>(
  maps: readonly ReadonlyMap<string, T>[],
): ReadonlyMap<string, T> {
  const merged = new Map<string, T>();
  for (const [name, entry] of maps.flatMap((map) => [...map])) {
    if (!merged.has(name)) merged.set(name, entry);
  }
  return merged;
}
