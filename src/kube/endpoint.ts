import { isIP } from "node:net";

/** A host and a port to dial. */
export interface Endpoint {
  /** A name or an address; IPv6 without brackets. */
  readonly host: string;
  /** 1 to 65535. */
  readonly port: number;
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = {
  "http:": 80,
  "https:": 443,
  "socks5:": 1080,
};

/** Returns what a URL's authority names, with the scheme's default port. */
export function endpointOf(url: URL): Endpoint {
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const port = url.port === "" ? DEFAULT_PORTS[url.protocol] : Number(url.port);
  return { host, port: port ?? 443 };
}

/** Writes an endpoint as `host:port`, IPv6 in brackets. */
export function formatEndpoint({ host, port }: Endpoint): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The name for SNI: an address has none (RFC 6066 section 3). */
export function serverNameIndication(name: string): string | undefined {
  return isIP(name) === 0 ? name : undefined;
}
