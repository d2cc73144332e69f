import type { KubeApi } from "../kube/kube_api.ts";
import {
  type AppliedObject,
  applyObject,
  createOnce,
} from "./object_applier.ts";
import {
  needsSecret,
  registryObjects,
  registrySecret,
} from "./registry_objects.ts";
import type { RegistryPlan } from "./registry_plan.ts";

/** Options for {@linkcode applyRegistry}. */
export interface ApplyRegistryOptions {
  /** Where objects are read and written. */
  readonly api: KubeApi;
  /** Whether nothing is written. */
  readonly dryRun: boolean;
  /** Told of each object. */
  readonly onApplied: (applied: AppliedObject) => void;
}

/** Bytes of the secret that all replicas have in common. */
const SECRET_SIZE = 32;

/**
 * Makes the objects of a registry what they are to be.
 *
 * @throws {Error} when something else made an object of such a name
 * @throws {KubernetesError} when the API server refuses
 */
export async function applyRegistry(
  plan: RegistryPlan,
  options: ApplyRegistryOptions,
): Promise<readonly AppliedObject[]> {
  const all: AppliedObject[] = [];
  const note = (applied: AppliedObject): void => {
    all.push(applied);
    options.onApplied(applied);
  };
  if (needsSecret(plan)) {
    note(await createOnce(registrySecret(plan, randomSecret()), options));
  }
  for (const object of registryObjects(plan)) {
    note(await applyObject(object, options));
  }
  return all;
}

function randomSecret(): string {
  return crypto.getRandomValues(new Uint8Array(SECRET_SIZE)).toHex();
}
