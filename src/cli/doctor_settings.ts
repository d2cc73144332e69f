import type { ConnectionFlags } from "../kube/connection_flags.ts";
import { parseRegistryFlag } from "../kube/registry_flag.ts";
import type { Flags } from "./flags.ts";
import { readConnectionFlags } from "./kubectl_flags.ts";
import { MIN_CHUNK_SIZE } from "./link_settings.ts";
import { type OutputFormat, readOutputFormat } from "./output_flags.ts";

/** What `k8scr doctor` was told. */
export interface DoctorSettings {
  /** `--registry`, as it was typed. */
  readonly registry: string;
  /** How to reach the API server. */
  readonly connection: ConnectionFlags;
  /** Bytes of a chunk. */
  readonly chunkSize: number;
  /** Milliseconds without a byte after which a request has failed. */
  readonly stallTimeout: number;
  /** Whether nothing is sent that takes its time. */
  readonly quick: boolean;
  /** The form of the result. */
  readonly output: OutputFormat;
  /** Whether every HTTP exchange is printed. */
  readonly verbose: boolean;
}

/**
 * Reads the flags of `k8scr doctor`.
 *
 * @throws {UsageError} when a value cannot be used
 * @throws {RegistryFlagSyntaxError} when `--registry` is malformed
 */
export function readDoctorSettings(flags: Flags): DoctorSettings {
  const registry = flags.text("registry");
  parseRegistryFlag(registry);
  return {
    registry,
    connection: readConnectionFlags(flags),
    chunkSize: flags.size("chunk-size", MIN_CHUNK_SIZE),
    stallTimeout: flags.duration("stall-timeout"),
    quick: flags.isOn("quick"),
    output: readOutputFormat(flags),
    verbose: flags.isOn("verbose"),
  };
}
