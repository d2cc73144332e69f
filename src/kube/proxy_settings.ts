import { failureReason, type KubeHost } from "./kube_host.ts";
import { KubeconfigError } from "./kubeconfig_error.ts";
import { bypassesProxy } from "./no_proxy.ts";

/** A proxy URL that cannot be used; its text may hold a password. */
export class ProxyUrlError extends SyntaxError {
  /** Tells this class from other errors. */
  override readonly name = "ProxyUrlError";
}

/** Options for {@linkcode selectProxy}. */
export interface ProxyOptions {
  /** `proxy-url` of the cluster; empty for the environment's proxy. */
  readonly proxyUrl: string;
  /** Whose environment it is. */
  readonly host: KubeHost;
}

/**
 * Chooses the proxy on the way to the API server: the cluster's own, which
 * `NO_PROXY` does not touch, or the one of the environment.
 *
 * @returns `undefined` for a direct connection
 * @throws {ProxyUrlError} when `proxy-url` is not a proxy's
 * @throws {KubeconfigError} when a variable of the environment is not
 */
export function selectProxy(
  server: URL,
  { proxyUrl, host }: ProxyOptions,
): URL | undefined {
  if (proxyUrl !== "") return parseProxyUrl(proxyUrl);
  return environmentProxy(server, host);
}

/**
 * Parses `proxy-url`.
 *
 * @throws {ProxyUrlError} when it is no URL or its scheme is none of http,
 *   https and socks5
 */
export function parseProxyUrl(text: string): URL {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text)?.[1]?.toLowerCase();
  if (!["http", "https", "socks5"].includes(scheme ?? "")) {
    throw new ProxyUrlError(
      `Unsupported scheme "${scheme ?? ""}", must be http, https, or socks5`,
    );
  }
  const url = URL.parse(text);
  if (url && url.hostname !== "") return url;
  throw new ProxyUrlError("Could not parse it");
}

/**
 * Reads `HTTPS_PROXY` or `HTTP_PROXY`, by the server's scheme. `ALL_PROXY` is
 * not read, as kubectl does not.
 */
function environmentProxy(server: URL, host: KubeHost): URL | undefined {
  const secure = server.protocol === "https:";
  const [name, text] = firstVariable(
    secure ? ["HTTPS_PROXY", "https_proxy"] : ["HTTP_PROXY", "http_proxy"],
    host,
  );
  if (text === "") return undefined;
  const [, noProxy] = firstVariable(["NO_PROXY", "no_proxy"], host);
  const destination = {
    host: server.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: server.port || (secure ? "443" : "80"),
  };
  if (bypassesProxy(destination, noProxy)) return undefined;
  return parseVariable(name, text);
}

function firstVariable(
  names: readonly string[],
  host: KubeHost,
): readonly [name: string, value: string] {
  for (const name of names) {
    const value = host.env(name);
    if (value) return [name, value];
  }
  return ["", ""];
}

/** A value without a scheme is a host of an http proxy. */
function parseVariable(name: string, text: string): URL {
  const absolute = /^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(text)
    ? text
    : `http://${text}`;
  try {
    // Both leave it to the proxy to look the server's name up.
    return parseProxyUrl(absolute.replace(/^socks5h:/i, "socks5:"));
  } catch (cause) {
    throw new KubeconfigError(
      `Cannot use the proxy in $${name}: ${failureReason(cause)}`,
      { field: name, cause },
    );
  }
}
