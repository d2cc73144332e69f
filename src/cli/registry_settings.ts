import type { NodeAccess } from "../cluster/registry_plan.ts";
import type { RegistryWish } from "../cluster/plan_registry.ts";
import {
  parseStorage,
  type RegistryStorage,
} from "../cluster/registry_storage.ts";
import { REGISTRY_PORT } from "../cluster/registry_software.ts";
import type { ClusterLinkSettings } from "./cluster_link.ts";
import type { CommandCall } from "./command_spec.ts";
import type { Flags } from "./flags.ts";
import { readConnectionFlags } from "./kubectl_flags.ts";
import { readOutputSettings } from "./output_flags.ts";
import { DEFAULT_REGISTRY } from "./registry_flags.ts";
import {
  MAX_REPLICAS,
  NODE_PORT_MODES,
  SOFTWARE,
} from "./registry_plan_flags.ts";
import { UsageError } from "./usage_error.ts";

/** What every `k8scr registry` command that speaks to a cluster was told. */
export interface RegistrySettings extends ClusterLinkSettings {
  /** The registry's name. */
  readonly name: string;
}

/** What `k8scr registry up` was told. */
export interface RegistryUpSettings extends RegistrySettings {
  /** The registry. */
  readonly wish: RegistryWish;
  /** Whether nothing is changed. */
  readonly dryRun: boolean;
  /** Milliseconds that its Pods may take. */
  readonly timeout: number;
}

/** What `k8scr registry down` was told. */
export interface RegistryDownSettings extends RegistrySettings {
  /** Whether nobody is asked. */
  readonly yes: boolean;
  /** Whether its content goes too. */
  readonly deleteData: boolean;
  /** Milliseconds that its Pods may take. */
  readonly timeout: number;
}

/** Milliseconds without a byte; nothing large is moved. */
const STALL_TIMEOUT = 60_000;

/**
 * A name that leaves room for the number of a Pod.
 *
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names
 */
const NAME = /^[a-z](?:[-a-z0-9]{0,50}[a-z0-9])?$/;

/**
 * Reads what the commands have in common.
 *
 * @throws {UsageError} when a value cannot be used
 */
export function readRegistrySettings(
  { args, flags }: CommandCall,
): RegistrySettings {
  return {
    name: readName(args),
    connection: readConnectionFlags(flags),
    stallTimeout: STALL_TIMEOUT,
    output: readOutputSettings(flags),
  };
}

/**
 * Reads the flags of `k8scr registry up`.
 *
 * @throws {UsageError} when a value cannot be used
 */
export function readUpSettings(call: CommandCall): RegistryUpSettings {
  const { flags } = call;
  return {
    ...readRegistrySettings(call),
    wish: readWish(call),
    dryRun: flags.isOn("dry-run"),
    timeout: flags.duration("timeout"),
  };
}

/**
 * Reads the flags of `k8scr registry down`.
 *
 * @throws {UsageError} when a value cannot be used
 */
export function readDownSettings(call: CommandCall): RegistryDownSettings {
  const { flags } = call;
  return {
    ...readRegistrySettings(call),
    yes: flags.isOn("yes"),
    deleteData: flags.isOn("delete-data"),
    timeout: flags.duration("timeout"),
  };
}

/**
 * Reads `planFlags`.
 *
 * @throws {UsageError} when a value cannot be used
 */
export function readWish({ args, flags }: CommandCall): RegistryWish {
  const image = flags.optional("image");
  const storage = readStorage(flags);
  const storageClass = flags.optional("storage-class");
  const node = flags.optional("node");
  return {
    name: readName(args),
    ...image !== undefined && { image },
    ...flags.has("software") &&
      { software: flags.choice("software", SOFTWARE) },
    ...storage !== undefined && { storage },
    ...storageClass !== undefined && { storageClass },
    access: readAccess(flags),
    replicas: flags.integer("replicas", { min: 1, max: MAX_REPLICAS }),
    ...node !== undefined && { node },
  };
}

function readName([name = DEFAULT_REGISTRY]: readonly string[]): string {
  if (NAME.test(name)) return name;
  throw new UsageError(
    `Cannot use the name "${name}": it must have at most 52 characters, lower-case letters, digits and "-", and begin with a letter`,
  );
}

function readStorage(flags: Flags): RegistryStorage | undefined {
  const text = flags.optional("storage");
  if (text === undefined) return undefined;
  const storage = parseStorage(text);
  if (storage !== undefined) return storage;
  throw flags.fault(
    "storage",
    "must be pvc[:SIZE], hostPath:FOLDER, emptyDir[:SIZE] or memory[:SIZE], such as pvc:20Gi or hostPath:/srv/k8scr",
  );
}

function readAccess(flags: Flags): NodeAccess {
  const mode = flags.choice("node-port-mode", NODE_PORT_MODES);
  const port = flags.has("node-port")
    ? flags.integer("node-port", { min: 1, max: 65535 })
    : undefined;
  if (mode === "host") return { mode, port: port ?? REGISTRY_PORT };
  return { mode, ...port !== undefined && { port } };
}
