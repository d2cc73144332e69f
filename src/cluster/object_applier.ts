import { ConfigObject } from "../kube/config_object.ts";
import type { KubeApi } from "../kube/kube_api.ts";
import { KubernetesError } from "../kube/status_error.ts";
import {
  type ClusterObject,
  collectionPath,
  objectPath,
  objectTitle,
} from "./cluster_object.ts";
import { type FieldChange, objectChanges } from "./object_changes.ts";
import { MANAGED_BY } from "./registry_plan.ts";

/** What became of an object, or would. */
export interface AppliedObject {
  /** The object: `statefulset/k8scr`. */
  readonly title: string;
  /** What was done. */
  readonly outcome: "created" | "changed" | "unchanged";
  /** The fields that changed. */
  readonly changes: readonly FieldChange[];
  /** The object as it is now, or would be. */
  readonly object: ConfigObject;
}

/** Options for {@linkcode applyObject}. */
export interface ApplyObjectOptions {
  /** Where objects are read and written. */
  readonly api: KubeApi;
  /** Whether nothing is written; default no. */
  readonly dryRun?: boolean;
}

/**
 * Makes an object what it is to be.
 *
 * @throws {Error} when something else made an object of this name
 * @throws {KubernetesError} when the API server refuses
 */
export async function applyObject(
  object: ClusterObject,
  { api, dryRun = false }: ApplyObjectOptions,
): Promise<AppliedObject> {
  const path = objectPath(object.kind, object.metadata);
  const before = await readObject(api, path);
  if (before !== undefined) refuseForeign(object, before);
  const after = await api.apply(path, object, { dryRun });
  return outcomeOf(object, before, after);
}

/**
 * Makes an object once: one that is there, whoever made it, stays as it is.
 *
 * @throws {KubernetesError} when the API server refuses
 */
export async function createOnce(
  object: ClusterObject,
  { api, dryRun = false }: ApplyObjectOptions,
): Promise<AppliedObject> {
  const before = await readObject(
    api,
    objectPath(object.kind, object.metadata),
  );
  if (before !== undefined) return outcomeOf(object, before, before);
  const collection = collectionPath(object.kind, object.metadata.namespace);
  const query: Record<string, string> = dryRun ? { dryRun: "All" } : {};
  const after = await api.create(collection, object, query);
  return outcomeOf(object, undefined, after);
}

/** Reads an object; `undefined` when it is not there. */
export async function readObject(
  api: KubeApi,
  path: string,
): Promise<unknown> {
  try {
    return await api.get(path);
  } catch (error) {
    if (error instanceof KubernetesError && error.status === 404) {
      return undefined;
    }
    throw error;
  }
}

/** Names are short: what has ours may be somebody else's. */
function refuseForeign(object: ClusterObject, before: unknown): void {
  const labels = new ConfigObject(before).object("metadata").object("labels");
  if (labels.string(MANAGED_BY.label) === MANAGED_BY.value) return;
  const { namespace } = object.metadata;
  throw new Error(
    `Cannot use the name "${object.metadata.name}": ${objectTitle(object)} ` +
      `is in namespace "${namespace}" already, and was not made by k8scr\n` +
      "Choose another name or another namespace",
  );
}

function outcomeOf(
  object: ClusterObject,
  before: unknown,
  after: unknown,
): AppliedObject {
  const title = objectTitle(object);
  const now = new ConfigObject(after);
  if (before === undefined) {
    return { title, outcome: "created", changes: [], object: now };
  }
  const changes = objectChanges(before, after);
  const outcome = changes.length > 0 ? "changed" : "unchanged";
  return { title, outcome, changes, object: now };
}
