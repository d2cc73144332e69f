import type { AccessSubject, AccessWish } from "../cluster/access_objects.ts";
import { parseRegistryFlag } from "../kube/registry_flag.ts";
import type { ClusterLinkSettings } from "./cluster_link.ts";
import type { Flags } from "./flags.ts";
import { readConnectionFlags } from "./kubectl_flags.ts";
import { readOutputSettings } from "./output_flags.ts";
import { MAX_REPLICAS } from "./registry_plan_flags.ts";
import { UsageError } from "./usage_error.ts";

/** What `k8scr rbac` was told. */
export interface RbacSettings extends ClusterLinkSettings {
  /** What is allowed, and to whom. */
  readonly wish: Omit<AccessWish, "namespace">;
  /** Whether it is made, in place of being printed. */
  readonly apply: boolean;
}

/** Milliseconds without a byte; nothing large is moved. */
const STALL_TIMEOUT = 60_000;

/**
 * Reads the flags of `k8scr rbac`.
 *
 * @throws {UsageError} when a value cannot be used
 * @throws {RegistryFlagSyntaxError} when `--registry` is malformed
 */
export function readRbacSettings(flags: Flags): RbacSettings {
  const readOnly = flags.isOn("read-only");
  const allowDelete = flags.isOn("allow-delete");
  if (readOnly && allowDelete) {
    throw new UsageError("Cannot use --allow-delete with --read-only");
  }
  return {
    wish: {
      locator: parseRegistryFlag(flags.text("registry")),
      replicas: flags.integer("replicas", { min: 1, max: MAX_REPLICAS }),
      subjects: readSubjects(flags),
      readOnly,
      allowDelete,
    },
    apply: flags.isOn("apply"),
    connection: readConnectionFlags(flags),
    stallTimeout: STALL_TIMEOUT,
    output: readOutputSettings(flags),
  };
}

function readSubjects(flags: Flags): readonly AccessSubject[] {
  return [
    ...flags.list("user").map((name) => ({ kind: "User", name } as const)),
    ...flags.list("group").map((name) => ({ kind: "Group", name } as const)),
    ...flags.list("serviceaccount").map(readServiceAccount),
  ];
}

function readServiceAccount(text: string): AccessSubject {
  const [, namespace, name] = /^([a-z0-9-]+):([a-z0-9.-]+)$/.exec(text) ?? [];
  if (namespace !== undefined && name !== undefined) {
    return { kind: "ServiceAccount", name, namespace };
  }
  throw new UsageError(
    `Cannot use --serviceaccount "${text}": it must be NAMESPACE:NAME`,
  );
}
