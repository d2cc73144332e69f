import { objectPath } from "../cluster/cluster_object.ts";
import { readObject } from "../cluster/object_applier.ts";
import type { RegistryName } from "../cluster/registry_state.ts";
import type { ConnectionFlags } from "../kube/connection_flags.ts";
import type { KubeApi } from "../kube/kube_api.ts";
import { KubernetesError } from "../kube/status_error.ts";
import { DEFAULT_REGISTRY } from "./registry_flags.ts";

/** Options for {@linkcode pushCommandLine}. */
export interface PushCommandLineOptions {
  /** Where it is asked whether a Pod goes before those of the registry. */
  readonly api: KubeApi;
  /** The flags by which the cluster was found. */
  readonly connection: ConnectionFlags;
  /** What is typed before the command. */
  readonly usage: string;
}

/**
 * Flags that say which cluster it is and where in it. Secrets are not printed,
 * and the rights to make a registry are not needed to push to it.
 */
const PLACE_FLAGS = [
  ["kubeconfig", "--kubeconfig"],
  ["context", "--context"],
  ["cluster", "--cluster"],
  ["user", "--user"],
  ["server", "--server"],
  ["namespace", "-n"],
] as const;

/** Writes the shortest command that pushes to a registry of `registry up`. */
export async function pushCommandLine(
  registry: RegistryName,
  { api, connection, usage }: PushCommandLineOptions,
): Promise<string> {
  const place = PLACE_FLAGS.flatMap(([key, flag]) => {
    const value = connection[key];
    return value ? [flag, quoted(value)] : [];
  });
  const isDefault = registry.name === DEFAULT_REGISTRY &&
    !await isShadowed(registry, api);
  const target = isDefault ? [] : ["-r", `${registry.name}-0`];
  return [usage, "push", ...place, ...target, "IMAGE"].join(" ");
}

/** A Pod of the registry's own name is what `push` goes to, where there is one. */
async function isShadowed(
  registry: RegistryName,
  api: KubeApi,
): Promise<boolean> {
  try {
    return await readObject(api, objectPath("Pod", registry)) !== undefined;
  } catch (error) {
    if (error instanceof KubernetesError) return true;
    throw error;
  }
}

/** Writes a word as a shell takes it. */
function quoted(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", "'\\''")}'`;
}
