import { BlockList, isIP } from "node:net";

/** Where a request goes, for {@linkcode bypassesProxy}. */
export interface ProxyDestination {
  /** The host's name or address, without brackets, in lower case. */
  readonly host: string;
  /** The port, also where it is the scheme's own. */
  readonly port: string;
}

/**
 * Tells whether a request goes past the proxy of the environment: because the
 * host is this machine, or because `NO_PROXY` lists it.
 *
 * @param noProxy the value of `NO_PROXY`: names, which stand for their
 *   subdomains too unless they begin with a dot or `*.`, addresses and CIDR
 *   blocks, each with an optional port, or `*`
 * @see https://pkg.go.dev/golang.org/x/net/http/httpproxy#Config
 */
export function bypassesProxy(
  destination: ProxyDestination,
  noProxy: string,
): boolean {
  if (isLoopback(destination.host)) return true;
  const entries = noProxy.toLowerCase().split(",").map((entry) => entry.trim());
  return entries.some((entry) => matches(entry, destination));
}

function isLoopback(host: string): boolean {
  if (host === "localhost") return true;
  return inBlock(host, "127.0.0.0/8") || inBlock(host, "::1/128");
}

function matches(entry: string, destination: ProxyDestination): boolean {
  if (entry === "" || entry === "*") return entry === "*";
  if (entry.includes("/")) return inBlock(destination.host, entry);
  const { host, port } = splitPort(entry);
  if (host === "" || (port !== "" && port !== destination.port)) return false;
  if (isIP(host) !== 0) return inBlock(destination.host, `${host}/128`);
  return matchesDomain(host, destination.host);
}

/** An IPv6 address with a port has brackets; without one it has none. */
function splitPort(entry: string): ProxyDestination {
  const bracketed = /^\[(?<host>.*)\](?::(?<port>\d*))?$/.exec(entry)?.groups;
  const named = /^(?<host>[^:]*):(?<port>\d*)$/.exec(entry)?.groups;
  const { host = entry, port = "" } = bracketed ?? named ?? {};
  return { host, port };
}

function matchesDomain(pattern: string, host: string): boolean {
  const domain = pattern.replace(/^\*(?=\.)/, "");
  if (domain.startsWith(".")) return host.endsWith(domain);
  return host === domain || host.endsWith(`.${domain}`);
}

/** No name is looked up: only a literal address is in a block. */
function inBlock(host: string, block: string): boolean {
  const [network = "", prefix = ""] = block.split("/");
  const family = isIP(network);
  if (family === 0 || isIP(host) !== family || !/^\d+$/.test(prefix)) {
    return false;
  }
  const type = family === 6 ? "ipv6" : "ipv4";
  const bits = Math.min(Number(prefix), family === 6 ? 128 : 32);
  const blocks = new BlockList();
  blocks.addSubnet(network, bits, type);
  return blocks.check(host, type);
}
