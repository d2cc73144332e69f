import type { FlagSpec } from "./flag_spec.ts";
import type { Flags } from "./flags.ts";

/** Where a server listens. */
export interface ListenAddress {
  /** Name or address of an interface. */
  readonly hostname: string;
  /** The port; 0 for a free one. */
  readonly port: number;
}

/** The flag of every command that listens. */
export const listenFlag: FlagSpec = {
  name: "listen",
  value: "HOST:PORT",
  description:
    "address to listen on; :5000 for all of this host, port 0 for a free one",
  default: "127.0.0.1:5000",
};

/** `HOST:PORT`, `:PORT` or `[IPv6]:PORT`. */
const LISTEN =
  /^(?:\[([0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)\]|([^:[\]]*)):([0-9]{1,5})$/;

/**
 * Reads {@linkcode listenFlag}.
 *
 * @throws {UsageError} when it is no address
 */
export function readListen(flags: Flags): ListenAddress {
  const [, ipv6, hostname, digits = ""] = LISTEN.exec(flags.text("listen")) ??
    [];
  const port = Number(digits);
  if (digits === "" || port > 65_535) {
    throw flags.fault(
      "listen",
      "must be HOST:PORT, :PORT or [IPv6]:PORT, such as 127.0.0.1:5000",
    );
  }
  return { hostname: ipv6 ?? (hostname || "0.0.0.0"), port };
}

/** Tells whether only this host can reach an address. */
export function isLoopback({ hostname }: ListenAddress): boolean {
  return hostname === "localhost" || hostname === "::1" ||
    /^127(?:\.[0-9]{1,3}){3}$/.test(hostname);
}
