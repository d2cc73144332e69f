import type { ConnectionFlags } from "../kube/connection_flags.ts";
import type { FlagSpec } from "./flag_spec.ts";
import type { PaceSettings } from "./pace.ts";
import type { Flags } from "./flags.ts";
import { type AS_USER, readConnectionFlags } from "./kubectl_flags.ts";
import { type OutputSettings, readOutputSettings } from "./output_flags.ts";

/** Below this a push is nothing but round trips, in bytes. */
export const MIN_CHUNK_SIZE = 64 * 1024;

/** Below this a request takes longer than others wait for it, in bytes. */
const MIN_RATE = 10_000;

/** What a command says about the registry that it wants. */
export interface LinkSettings extends PaceSettings {
  /** `--registry`, as it was typed. */
  readonly registry: string;
  /** How to reach the API server. */
  readonly connection: ConnectionFlags;
  /** Bytes of a chunk, where the command sends any. */
  readonly chunkSize?: number;
  /** Milliseconds without a byte after which a connection has failed. */
  readonly stallTimeout: number;
  /** How the command speaks. */
  readonly output: OutputSettings;
}

/** The flag of every command that sends blobs. */
export const chunkFlag: FlagSpec = {
  name: "chunk-size",
  value: "SIZE",
  description: "most that a single request sends",
  default: "4Mi",
};

/** The flag of every command that speaks to a registry. */
export const stallFlag: FlagSpec = {
  name: "stall-timeout",
  value: "DURATION",
  description: "time without a byte after which a request has failed",
  default: "60s",
};

/** The flags of every command that moves blobs, in whatever direction. */
export const moveFlags: readonly FlagSpec[] = [
  stallFlag,
  {
    name: "limit-rate",
    value: "SIZE",
    description: "most that is moved in a second, all streams together",
  },
  {
    name: "polite",
    description: "slow down when the API server takes longer to answer",
  },
];

/**
 * Reads `registryFlags`, `outputFlags`, the flags of kubectl, and of
 * {@linkcode chunkFlag} and {@linkcode moveFlags} what the command has.
 *
 * @param as the name that kubectl's `--as` has on this command; default `as`
 * @throws {UsageError} when a value cannot be used
 */
export function readLinkSettings(
  flags: Flags,
  as: "as" | typeof AS_USER = "as",
): LinkSettings {
  return {
    registry: flags.text("registry"),
    connection: readConnectionFlags(flags, as),
    ...flags.has("chunk-size") && {
      chunkSize: flags.size("chunk-size", MIN_CHUNK_SIZE),
    },
    stallTimeout: flags.duration("stall-timeout"),
    ...flags.has("limit-rate") && {
      limitRate: flags.size("limit-rate", MIN_RATE),
    },
    ...flags.isOn("polite") && { polite: true },
    output: readOutputSettings(flags),
  };
}
