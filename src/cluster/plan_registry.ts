import type { KubeApi } from "../kube/kube_api.ts";
import { findImage, ownImage } from "./own_image.ts";
import type { NodeAccess, RegistryPlan } from "./registry_plan.ts";
import {
  guessSoftware,
  type SoftwareName,
  softwareOf,
} from "./registry_software.ts";
import { readRegistry, type RegistryState } from "./registry_state.ts";
import {
  formatStorage,
  isLasting,
  isSamePlace,
  parseStorage,
  type RegistryStorage,
} from "./registry_storage.ts";
import { RegistryWishError } from "./registry_wish_error.ts";

/** What a user says about a registry; the rest follows from the cluster. */
export interface RegistryWish {
  /** Name of its objects. */
  readonly name: string;
  /** The image; this program's own when it is absent. */
  readonly image?: string;
  /** What is in the image; told from its name when it is absent. */
  readonly software?: SoftwareName;
  /** Where content is; where it is already, or a claim, when it is absent. */
  readonly storage?: RegistryStorage;
  /** The class of the claim. */
  readonly storageClass?: string;
  /** How nodes reach it. */
  readonly access: NodeAccess;
  /** Number of Pods. */
  readonly replicas: number;
  /** The only node that it may run on. */
  readonly node?: string;
}

/** Where a plan is for. */
export interface PlanContext {
  /** The namespace of the registry. */
  readonly namespace: string;
  /** The version of this program, which its own image goes by. */
  readonly version: string;
}

/** The size of a claim for which none was given. */
const DEFAULT_CLAIM = "10Gi";

/**
 * Makes a plan of a wish alone, without looking into the cluster.
 *
 * @throws {RegistryWishError} when parts of the wish do not go together
 */
export function planRegistry(
  wish: RegistryWish,
  { namespace, version }: PlanContext,
): RegistryPlan {
  const image = wish.image ?? ownImage(version);
  const plan: RegistryPlan = {
    name: wish.name,
    namespace,
    image,
    // What nobody can pull must not be asked for.
    pullPolicy: wish.image === undefined ? "Never" : "IfNotPresent",
    software: wish.software ?? guessSoftware(image),
    storage: sized(wish.storage ?? { kind: "pvc" }),
    ...wish.storageClass !== undefined && { storageClass: wish.storageClass },
    access: wish.access,
    replicas: wish.replicas,
    nodes: wish.node === undefined ? [] : [wish.node],
  };
  checkReplicas(plan);
  return plan;
}

/**
 * Makes a plan of a wish and of what is in the cluster: the content of a
 * registry that is there stays where it is, and this program's own image must
 * be on a node.
 *
 * @throws {RegistryWishError} when the cluster cannot grant the wish
 * @throws {KubernetesError} when the API server refuses
 */
export async function planInCluster(
  wish: RegistryWish,
  context: PlanContext & { readonly api: KubeApi },
): Promise<RegistryPlan> {
  const { api, namespace } = context;
  const { name } = wish;
  const current = await readRegistry(api, { name, namespace });
  const storage = storageOf(wish, current);
  const plan = planRegistry({ ...wish, ...storage && { storage } }, context);
  if (current?.isOurs) checkSame(plan, current);
  if (wish.image !== undefined) return plan;
  return { ...plan, nodes: await nodesWith(plan, api) };
}

function sized(storage: RegistryStorage): RegistryStorage {
  if (storage.kind !== "pvc" || storage.size !== undefined) return storage;
  return { ...storage, size: DEFAULT_CLAIM };
}

/** A claim that is there keeps its size where none is wanted. */
function storageOf(
  { storage }: RegistryWish,
  current: RegistryState | undefined,
): RegistryStorage | undefined {
  const before = parseStorage(current?.storage ?? "");
  if (storage === undefined) return before;
  const isUnsized = storage.kind === "pvc" && storage.size === undefined;
  return isUnsized && before?.kind === "pvc" ? before : storage;
}

function checkReplicas({ replicas, software, storage }: RegistryPlan): void {
  if (replicas === 1) return;
  if (!softwareOf(software).canShareStorage) {
    throw new RegistryWishError(
      `Cannot run ${replicas} replicas of ${software}: one process owns its store\n` +
        "Several Pods need distribution, and storage that they have in common: --image registry:3",
    );
  }
  if (isLasting(storage)) return;
  throw new RegistryWishError(
    `Cannot run ${replicas} replicas with --storage ${storage.kind}: each would have content of its own\n` +
      "Give them storage that they have in common: --storage pvc, of a class that can be mounted by many",
  );
}

/** Another program, or another folder, would show an empty registry. */
function checkSame(plan: RegistryPlan, current: RegistryState): void {
  const { name } = plan;
  const before = parseStorage(current.storage);
  if (before !== undefined && !isSamePlace(before, plan.storage)) {
    throw new RegistryWishError(
      `Cannot move the registry "${name}" to --storage ${
        formatStorage(plan.storage)
      }: its content is in ${current.storage}\n` +
        `Keep that, or begin anew: k8scr registry down ${name}`,
    );
  }
  if (current.software === "" || current.software === plan.software) return;
  throw new RegistryWishError(
    `Cannot run ${plan.software} in the registry "${name}": its content was ` +
      `written by ${current.software}, and is stored in another way\n` +
      "Give the new one another name, and copy the images",
  );
}

async function nodesWith(
  { image, nodes }: RegistryPlan,
  api: KubeApi,
): Promise<readonly string[]> {
  const places = await findImage(api, image);
  const [wanted] = nodes;
  if (wanted !== undefined && places.nodes.includes(wanted)) return nodes;
  if (wanted === undefined && places.nodes.length > 0) {
    return places.isPartial ? places.nodes : [];
  }
  const without = wanted === undefined
    ? "no node has"
    : `the node "${wanted}" does not have`;
  throw new RegistryWishError(
    `Cannot find an image for the registry: ${without} "${image}", and ` +
      "--image names no other\n" +
      "Write it with k8scr registry image --output k8scr.tar, and import it into a node:\n" +
      "  ctr -n k8s.io images import k8scr.tar     (k3s: k3s ctr images import k8scr.tar)\n" +
      "Or name an image that nodes can pull: --image registry:3",
  );
}
