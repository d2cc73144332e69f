import { isIP } from "node:net";
import { ReverseProxyError } from "./reverse_proxy_error.ts";

/** What is looked at before a request is forwarded. */
export interface IncomingCall {
  /** The method. */
  readonly method: string;
  /** The path as it was sent, without the query. */
  readonly path: string;
  /** All headers. */
  readonly headers: Headers;
}

const METHODS: ReadonlySet<string> = new Set([
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "PATCH",
  "DELETE",
]);

/**
 * Refuses calls that no client of this proxy makes: those of a web page, which
 * a browser on this host would pass on, and paths that mean one thing here and
 * another behind the proxy.
 *
 * @param hostnames names by which the proxy is called, beside `localhost` and
 *   IP addresses
 * @throws {ReverseProxyError} when the call must not be forwarded
 */
export function guardCall(
  call: IncomingCall,
  hostnames: readonly string[],
): void {
  checkHost(call.headers, hostnames);
  checkOrigin(call.headers);
  if (!METHODS.has(call.method)) {
    throw refused(`the method ${call.method} is not known`, 405);
  }
  checkPath(call.path);
}

/**
 * A page whose name was rebound to this host's address is, to the browser, at
 * home here; only the `Host` still tells. An IP address cannot be rebound.
 *
 * @see https://www.w3.org/TR/2023/WD-private-network-access-20230411/#rebinding
 */
function checkHost(headers: Headers, hostnames: readonly string[]): void {
  const host = headers.get("host") ?? "";
  const [, bracketed, plain = ""] =
    /^(?:\[([0-9A-Fa-f:.]+)\]|([^:[\]]+))(?::\d{1,5})?$/.exec(host) ?? [];
  const name = (bracketed ?? plain).toLowerCase();
  if (isIP(name) !== 0 || name === "localhost") return;
  if (name !== "" && hostnames.includes(name)) return;
  throw refused(`it is addressed to the host "${host}"`, 403);
}

/** Says where a request comes from, in browsers that say it. */
function checkOrigin(headers: Headers): void {
  const origin = headers.get("origin");
  if (origin !== null && origin !== `http://${headers.get("host")}`) {
    throw refused(`it comes from a web page of "${origin}"`, 403);
  }
  const site = headers.get("sec-fetch-site") ?? "none";
  if (site !== "none" && site !== "same-origin") {
    throw refused("it comes from a web page of another site", 403);
  }
}

function checkPath(path: string): void {
  const strange = !path.startsWith("/") || path.includes("//") ||
    /[\\#]|%(?:2[eEfF]|5[cC]|00)/.test(path) ||
    path.split("/").some((part) => part === "." || part === "..");
  if (strange) throw refused("its path has more than one meaning", 400);
}

function refused(reason: string, status: number): ReverseProxyError {
  return new ReverseProxyError(
    `Cannot forward the request: ${reason}`,
    status,
  );
}
