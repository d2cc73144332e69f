import type { AppliedObject } from "../cluster/object_applier.ts";
import type { FieldChange } from "../cluster/object_changes.ts";
import type { RegistryPlan } from "../cluster/registry_plan.ts";
import { formatStorage } from "../cluster/registry_storage.ts";

/** What `registry up` did. */
export interface UpReport {
  /** The registry. */
  readonly plan: RegistryPlan;
  /** Its objects. */
  readonly applied: readonly AppliedObject[];
  /** What image names in Pod specs begin with. */
  readonly address: string;
}

/**
 * Writes how images get there, and how Pod specs name them.
 *
 * @param command the command that pushes
 */
export function upNote({ address }: UpReport, command: string): string {
  return `Push with: ${command}\nPod specs use: image: ${address}/NAME:TAG`;
}

/** Writes what image names in Pod specs begin with. */
export function upText({ address }: UpReport): string {
  return `${address}\n`;
}

/** Writes one JSON document. */
export function upJson({ plan, applied, address }: UpReport): string {
  const { name, namespace, image, software, replicas } = plan;
  const document = {
    name,
    namespace,
    image,
    software,
    storage: formatStorage(plan.storage),
    pods: Array.from({ length: replicas }, (_, index) => `${name}-${index}`),
    nodeAddress: address,
    objects: applied.map(({ title, outcome }) => ({ object: title, outcome })),
  };
  return `${JSON.stringify(document)}\n`;
}

/** Writes what would change, a line for each object and each field. */
export function changesText(applied: readonly AppliedObject[]): string {
  return applied.flatMap(({ title, outcome, changes }) => [
    `${title} ${FUTURE[outcome]}`,
    ...changes.map((change) => `  ${changeText(change)}`),
  ]).map((line) => `${line}\n`).join("");
}

/** Writes what would change as one JSON document. */
export function changesJson(applied: readonly AppliedObject[]): string {
  const objects = applied.map(({ title, outcome, changes }) => ({
    object: title,
    outcome,
    changes,
  }));
  return `${JSON.stringify({ dryRun: true, objects })}\n`;
}

const FUTURE = {
  created: "would be created",
  changed: "would be changed",
  unchanged: "would stay as it is",
} as const;

function changeText({ field, before, after }: FieldChange): string {
  if (before === undefined) return `${field}: ${after} is added`;
  if (after === undefined) return `${field}: ${before} goes`;
  return `${field}: ${before} -> ${after}`;
}
