import { ConfigObject } from "../kube/config_object.ts";
import type { KubeApi } from "../kube/kube_api.ts";
import { parsePod } from "../kube/pod.ts";
import { collectionPath, objectPath } from "./cluster_object.ts";
import { readObject } from "./object_applier.ts";
import { ANNOTATIONS, MANAGED_BY, selectorLabels } from "./registry_plan.ts";

/** A registry as it is called. */
export interface RegistryName {
  /** Its name. */
  readonly name: string;
  /** Its namespace. */
  readonly namespace: string;
}

/** A Pod of a registry. */
export interface RegistryPod {
  /** Its name. */
  readonly name: string;
  /** Tells it from others that had its name. */
  readonly uid: string;
  /** The node that it runs on; empty as long as there is none. */
  readonly node: string;
  /** Whether it serves. */
  readonly isReady: boolean;
  /** Its state in a few words. */
  readonly state: string;
  /** How often its container was started again. */
  readonly restarts: number;
  /** What its container said when it last ended; empty when it did not. */
  readonly lastWords: string;
}

/** A registry that is in the cluster. */
export interface RegistryState {
  /** Tells it from others that had its name. */
  readonly uid: string;
  /** The image that it is to run. */
  readonly image: string;
  /** What is in the image, as `up` wrote it; empty where it did not. */
  readonly software: string;
  /** Where its content is, as `up` wrote it; empty where it did not. */
  readonly storage: string;
  /** Whether this program made it. */
  readonly isOurs: boolean;
  /** Number of Pods that it is to have. */
  readonly replicas: number;
  /** Whether all its Pods are what they are to be, and ready. */
  readonly isSettled: boolean;
  /** Its Pods, by name. */
  readonly pods: readonly RegistryPod[];
}

/**
 * Reads the state of a registry; `undefined` when there is none.
 *
 * @throws {KubernetesError} when the API server refuses
 */
export async function readRegistry(
  api: KubeApi,
  registry: RegistryName,
): Promise<RegistryState | undefined> {
  const found = await readObject(api, objectPath("StatefulSet", registry));
  if (found === undefined) return undefined;
  const set = new ConfigObject(found);
  const metadata = set.object("metadata");
  const annotations = metadata.object("annotations");
  const spec = set.object("spec");
  const [container] = spec.object("template").object("spec")
    .objects("containers");
  return {
    uid: metadata.string("uid"),
    image: container?.string("image") ?? "",
    software: annotations.string(ANNOTATIONS.software),
    storage: annotations.string(ANNOTATIONS.storage),
    isOurs: metadata.object("labels").string(MANAGED_BY.label) ===
      MANAGED_BY.value,
    replicas: count(spec, "replicas"),
    isSettled: isSettled(set),
    pods: await readPods(api, registry),
  };
}

/** Reads the Pods of a registry, also those that it is about to lose. */
export async function readPods(
  api: KubeApi,
  { name, namespace }: RegistryName,
): Promise<readonly RegistryPod[]> {
  const terms = Object.entries(selectorLabels(name));
  const list = await api.get(collectionPath("Pod", namespace), {
    labelSelector: terms.map(([key, value]) => `${key}=${value}`).join(","),
  });
  return new ConfigObject(list).objects("items").map(registryPod)
    .toSorted((a, b) => a.name.localeCompare(b.name));
}

function registryPod(object: ConfigObject): RegistryPod {
  const { name, isReady, state } = parsePod(object);
  const [container] = object.object("status").objects("containerStatuses");
  const ended = [container?.object("state"), container?.object("lastState")]
    .map((state) => state?.object("terminated").string("message") ?? "");
  return {
    name,
    uid: object.object("metadata").string("uid"),
    node: object.object("spec").string("nodeName"),
    isReady,
    state,
    restarts: container === undefined ? 0 : count(container, "restartCount"),
    lastWords: ended.find((text) => text !== "") ?? "",
  };
}

/** @see https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/stateful-set-v1/#StatefulSetStatus */
function isSettled(set: ConfigObject): boolean {
  const status = set.object("status");
  const replicas = count(set.object("spec"), "replicas");
  const generation = count(set.object("metadata"), "generation");
  return count(status, "observedGeneration") >= generation &&
    count(status, "updatedReplicas") === replicas &&
    count(status, "readyReplicas") === replicas;
}

/** Numbers that are 0 are left out. */
function count(object: ConfigObject, key: string): number {
  return Number(object.value(key) ?? 0);
}
