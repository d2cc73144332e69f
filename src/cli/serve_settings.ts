import { isAbsolute, join } from "node:path";
import type { Flags } from "./flags.ts";
import type { Io } from "./io.ts";
import { type ListenAddress, readListen } from "./listen_address.ts";
import { type OutputFormat, readOutputFormat } from "./output_flags.ts";
import { UsageError } from "./usage_error.ts";

/** What `k8scr serve` was told. */
export interface ServeSettings {
  /** Where it listens. */
  readonly listen: ListenAddress;
  /** The directory of the store. */
  readonly dataDir: string;
  /** Whether nothing is written. */
  readonly readOnly: boolean;
  /** Files with the certificate chain and the private key, for TLS. */
  readonly tlsFiles?: { readonly certFile: string; readonly keyFile: string };
  /** Most bytes of content. */
  readonly maxSize?: number;
  /** Milliseconds between garbage collections. */
  readonly gcInterval?: number;
  /** Milliseconds that content stays though nothing needs it. */
  readonly gcGrace: number;
  /** The form of the log. */
  readonly logFormat: OutputFormat;
  /** Whether the store is checked in place of being served. */
  readonly check: boolean;
  /** The form of what the check found. */
  readonly output: OutputFormat;
}

/** Longest timer of the runtime, in milliseconds; a longer one fires at once. */
const MAX_TIMER = 2 ** 31 - 1;

/**
 * Reads the flags of `k8scr serve`.
 *
 * @throws {UsageError} when one cannot be used
 */
export function readServeSettings(
  flags: Flags,
  io: Pick<Io, "env">,
): ServeSettings {
  const readOnly = flags.isOn("read-only");
  const gcInterval = readInterval(flags);
  if (readOnly && gcInterval !== undefined) {
    throw new UsageError(
      "Cannot use --gc-interval with --read-only: nothing is removed then",
    );
  }
  return {
    listen: readListen(flags),
    dataDir: flags.optional("data") ?? defaultDataDir(io),
    readOnly,
    ...readTls(flags),
    ...flags.has("max-size") && { maxSize: flags.size("max-size", 1) },
    ...gcInterval !== undefined && { gcInterval },
    gcGrace: flags.duration("gc-grace"),
    logFormat: flags.choice("log-format", ["text", "json"]),
    check: flags.isOn("check"),
    output: readOutputFormat(flags),
  };
}

function readTls(flags: Flags): Pick<ServeSettings, "tlsFiles"> {
  const certFile = flags.optional("tls-cert");
  const keyFile = flags.optional("tls-key");
  if (certFile !== undefined && keyFile !== undefined) {
    return { tlsFiles: { certFile, keyFile } };
  }
  if (certFile === undefined && keyFile === undefined) return {};
  const [given, other] = certFile === undefined
    ? ["tls-key", "tls-cert"]
    : ["tls-cert", "tls-key"];
  throw new UsageError(
    `Cannot serve TLS with --${given} alone: --${other} is missing`,
  );
}

function readInterval(flags: Flags): number | undefined {
  if (!flags.has("gc-interval")) return undefined;
  const interval = flags.duration("gc-interval");
  if (interval <= MAX_TIMER) return interval;
  throw flags.fault("gc-interval", "must be at most 596h");
}

/**
 * Returns the directory that the XDG spec has for data of one user.
 *
 * @see https://specifications.freedesktop.org/basedir-spec/0.8/#variables
 */
function defaultDataDir(io: Pick<Io, "env">): string {
  const dataHome = io.env("XDG_DATA_HOME") ?? "";
  // The spec has relative paths ignored.
  if (isAbsolute(dataHome)) return join(dataHome, "k8scr");
  const home = io.env("HOME") ?? io.env("USERPROFILE") ?? "";
  if (isAbsolute(home)) return join(home, ".local", "share", "k8scr");
  throw new UsageError(
    "Cannot choose a directory for the store: neither XDG_DATA_HOME nor HOME is set",
    { recommendation: "Give one with --data DIR" },
  );
}
