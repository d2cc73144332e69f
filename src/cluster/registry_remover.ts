import { ConfigObject } from "../kube/config_object.ts";
import type { KubeApi } from "../kube/kube_api.ts";
import { type ObjectKind, objectPath } from "./cluster_object.ts";
import { readObject } from "./object_applier.ts";
import { MANAGED_BY } from "./registry_plan.ts";
import { secretName } from "./registry_pod.ts";
import type { RegistryName } from "./registry_state.ts";

/** Options for {@linkcode removeRegistry}. */
export interface RemoveRegistryOptions {
  /** Where objects are deleted. */
  readonly api: KubeApi;
  /** Whether the claim goes too, with all content. */
  readonly deleteData: boolean;
  /** Told of each object that is deleted. */
  readonly onRemoved: (title: string) => void;
}

/**
 * Deletes the objects of a registry, as far as this program made them.
 *
 * @returns the number of those that were there
 * @throws {KubernetesError} when the API server refuses
 */
export async function removeRegistry(
  registry: RegistryName,
  { api, deleteData, onRemoved }: RemoveRegistryOptions,
): Promise<number> {
  const { name, namespace } = registry;
  const objects: readonly (readonly [ObjectKind, string])[] = [
    ["StatefulSet", name],
    ["Service", name],
    ["ConfigMap", name],
    ["Secret", secretName(name)],
    ...deleteData ? [["PersistentVolumeClaim", name] as const] : [],
  ];
  let removed = 0;
  for (const [kind, name] of objects) {
    const path = objectPath(kind, { namespace, name });
    if (!await isOurs(api, path)) continue;
    if (!await api.remove(path)) continue;
    removed++;
    onRemoved(`${kind.toLowerCase()}/${name}`);
  }
  return removed;
}

async function isOurs(api: KubeApi, path: string): Promise<boolean> {
  const found = new ConfigObject(await readObject(api, path) ?? {});
  const labels = found.object("metadata").object("labels");
  return labels.string(MANAGED_BY.label) === MANAGED_BY.value;
}
