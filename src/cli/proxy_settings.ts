import type { ConnectionFlags } from "../kube/connection_flags.ts";
import type { CommandCall } from "./command_spec.ts";
import { readConnectionFlags } from "./kubectl_flags.ts";
import { type ListenAddress, readListen } from "./listen_address.ts";
import { type OutputSettings, readOutputFormat } from "./output_flags.ts";
import { UsageError } from "./usage_error.ts";

/** What `k8scr proxy` was told. */
export interface ProxySettings {
  /** Where to listen. */
  readonly listen: ListenAddress;
  /** Names by which clients may call the proxy. */
  readonly hostnames: readonly string[];
  /** A command to run while the proxy listens; empty for none. */
  readonly command: readonly string[];
  /** `--registry`, as it was typed. */
  readonly registry: string;
  /** How to reach the API server. */
  readonly connection: ConnectionFlags;
  /** Milliseconds without a byte after which a connection has failed. */
  readonly stallTimeout: number;
  /** How the command speaks. */
  readonly output: OutputSettings;
}

/**
 * Reads the command line of `k8scr proxy`.
 *
 * @throws {UsageError} when a value cannot be used
 */
export function readProxySettings({ args, flags }: CommandCall): ProxySettings {
  if (flags.isOn("exec") && args.length === 0) {
    throw new UsageError("Cannot use --exec: no command follows", {
      recommendation:
        "Write it behind two dashes: --exec -- docker pull 127.0.0.1:5000/app",
    });
  }
  const listen = readListen(flags);
  const names = [listen.hostname, ...flags.list("allow-host")];
  return {
    listen,
    hostnames: names.map((name) => name.toLowerCase()),
    command: args,
    registry: flags.text("registry"),
    connection: readConnectionFlags(flags),
    stallTimeout: flags.duration("stall-timeout"),
    output: {
      output: readOutputFormat(flags),
      progress: "plain",
      quiet: flags.isOn("quiet"),
      verbose: flags.isOn("verbose"),
    },
  };
}
