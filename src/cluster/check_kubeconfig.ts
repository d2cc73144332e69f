import { X509Certificate } from "node:crypto";
import { expiredClientCertificate } from "../kube/client_certificate_failure.ts";
import type { ClientCertificate, Connection } from "../kube/connection.ts";
import type { ConnectionFlags } from "../kube/connection_flags.ts";
import { formatMinute } from "../kube/failure_text.ts";
import type { KubeHost } from "../kube/kube_host.ts";
import { loadConnection } from "../kube/load_connection.ts";
import type { CheckResult } from "./doctor_finding.ts";

const DAY = 24 * 60 * 60 * 1000;

/** A client certificate that ends sooner is worth a warning. */
const SOON = 30 * DAY;

/**
 * Reads the kubeconfig.
 *
 * @throws {KubeconfigError} when it cannot be used
 */
export async function checkKubeconfig(
  flags: ConnectionFlags,
  host: KubeHost,
): Promise<CheckResult<Connection>> {
  const connection = await loadConnection(flags, host);
  const { contextName, clusterName, userName, namespace } = connection;
  const parts = [
    ...named("context", contextName),
    ...named("cluster", clusterName),
    ...named("user", userName),
    ...named("namespace", namespace),
  ];
  const { origin, server, warnings } = connection;
  return {
    status: warnings.length === 0 ? "ok" : "warning",
    text: `${parts.join(", ")}, from ${origin}`,
    ...warnings.length > 0 && { advice: warnings.join("\n") },
    facts: {
      origin,
      context: contextName,
      cluster: clusterName,
      user: userName,
      namespace,
      server: server.href,
    },
    value: connection,
  };
}

/**
 * Gets the credentials, which may run an exec plugin, and looks how long the
 * client certificate is good.
 *
 * @throws {ExecCredentialError} when an exec plugin fails
 * @throws {KubeconfigError} when a file cannot be read
 * @throws {ConnectionError} when the client certificate has run out
 */
export async function checkCredentials(
  connection: Connection,
  now: Date,
): Promise<CheckResult<Connection>> {
  const { certificate, authorization } = await connection.credentials.get();
  const kinds = [
    ...certificate === undefined ? [] : ["a client certificate"],
    ...authorization === undefined ? [] : [authorizationKind(authorization)],
  ];
  if (kinds.length === 0) {
    return { ...noCredentials(connection), value: connection };
  }
  const what = kinds.join(" and ");
  if (certificate === undefined) {
    return { status: "ok", text: what, value: connection };
  }
  const expired = expiredClientCertificate(connection, certificate, now);
  if (expired !== undefined) throw expired;
  return { ...certificateLife(what, certificate, now), value: connection };
}

function named(kind: string, name: string): readonly string[] {
  return name === "" ? [] : [`${kind} "${name}"`];
}

function authorizationKind(authorization: string): string {
  return authorization.startsWith("Basic ")
    ? "a user name with a password"
    : "a bearer token";
}

function noCredentials({ server }: Connection): CheckResult<Connection> {
  if (server.protocol !== "https:") {
    return {
      status: "ok",
      text: "none: the API server is not spoken to by TLS",
    };
  }
  return {
    status: "warning",
    text: "none: requests are anonymous",
    advice: "Name a user of the kubeconfig: --user, or in the context",
  };
}

function certificateLife(
  what: string,
  { cert }: ClientCertificate,
  now: Date,
): CheckResult<Connection> {
  const end = new Date(new X509Certificate(cert).validTo);
  const left = end.getTime() - now.getTime();
  const days = Math.floor(left / DAY);
  const facts = { certificateEnds: end.toISOString() };
  const text = `${what}, good until ${formatMinute(end)} (${days} days)`;
  if (left >= SOON) return { status: "ok", text, facts };
  const advice = "Get a new one in time: afterwards the API server refuses it";
  return { status: "warning", text, advice, facts };
}
