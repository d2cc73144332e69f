import type { Connection } from "./connection.ts";

/** What the runtime says about a failure, whichever way it says it. */
export interface FailureFacts {
  /** The class of the outermost error that has one of its own. */
  readonly name: string;
  /** The outermost code, such as `ECONNRESET`; empty for none. */
  readonly code: string;
  /** All messages down the chain of causes. */
  readonly message: string;
}

/** Collects what an error and its causes say. */
export function failureFacts(cause: unknown): FailureFacts {
  let code = "";
  let name = "";
  const messages: string[] = [];
  for (let error = cause; error instanceof Error; error = error.cause) {
    name ||= error.name === "Error" ? "" : error.name;
    if (code === "" && "code" in error) code = String(error.code ?? "");
    messages.push(error.message);
  }
  return { name, code, message: messages.join(": ") };
}

const PLAIN_REASONS: Readonly<Record<string, string>> = {
  ECONNRESET: "the connection was reset",
  ECONNABORTED: "the connection was aborted",
  EPIPE: "the connection was closed",
  EHOSTUNREACH: "there is no route to the host",
  ENETUNREACH: "there is no route to the network",
  ETIMEDOUT: "no answer came in time",
  EACCES: "this computer does not allow it",
  // Deno 2.6 has no other name for a failed write.
  UNKNOWN: "the connection broke",
};

/** Says in words what an error code of the system means. */
export function plainReason(cause: unknown): string {
  const known = PLAIN_REASONS[failureFacts(cause).code];
  if (known !== undefined) return known;
  return lowerFirst(cause instanceof Error ? cause.message : String(cause));
}

/** Makes a message fit for the middle of a sentence. */
function lowerFirst(text: string): string {
  return text.replace(/^[A-Z](?=[a-z ])/, (letter) => letter.toLowerCase());
}

/** Names the API server and the proxy on the way to it. */
export function describeServer(connection: Connection): string {
  const { server, proxy } = connection;
  const name = `the API server "${server.href.replace(/\/$/, "")}"`;
  if (proxy === undefined) return name;
  return `${name} through the proxy "${proxy.protocol}//${proxy.host}"`;
}

/** Names the place in the kubeconfig that says where the server is. */
export function describeServerField(connection: Connection): string {
  const { clusterName, origin } = connection;
  const cluster = clusterName === "" ? "" : ` of cluster "${clusterName}"`;
  return `"server"${cluster} in ${origin}`;
}

/** Writes a moment to the minute, in UTC. */
export function formatMinute(date: Date): string {
  return date.toISOString().replace(/:\d\d\.\d+Z$/, "Z");
}
