import type { PeerCertificate } from "node:tls";
import type { ConnectionError } from "../http/connection_error.ts";
import {
  certificateError,
  clientCertificateFailure,
} from "./client_certificate_failure.ts";
import type { Connection } from "./connection.ts";
import { endpointOf } from "./endpoint.ts";
import {
  describeServer,
  describeServerField,
  failureFacts,
  formatMinute,
  plainReason,
} from "./failure_text.ts";

/** Options for {@linkcode tlsFailure}. */
export interface TlsFailureOptions {
  /** The reason that the runtime gave. */
  readonly cause: unknown;
  /** The certificate that the server presented, if it could be seen. */
  readonly certificate?: PeerCertificate;
  /** The present time. */
  readonly now: Date;
}

/** Whether the server's certificate is what the handshake failed on. */
export function isCertificateFailure(cause: unknown): boolean {
  const { code, message } = failureFacts(cause);
  return /peer certificate|altname/i.test(message) ||
    /^(ERR_TLS_CERT|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/.test(code);
}

/** Explains why the TLS handshake with the API server failed. */
export function tlsFailure(
  connection: Connection,
  options: TlsFailureOptions,
): ConnectionError {
  const { cause } = options;
  const refusal = clientCertificateFailure(connection, cause);
  if (refusal !== undefined) return refusal;
  const [reason, advice] = isCertificateFailure(cause)
    ? explainCertificate(connection, options)
    : explainHandshake(connection, cause);
  const verb = isCertificateFailure(cause) ? "trust" : "reach";
  return certificateError(connection, {
    message: `Cannot ${verb} ${describeServer(connection)}: ${reason}` +
      (advice === "" ? "" : `\n${advice}`),
    cause,
    transient: isInterruption(cause),
  });
}

type Explanation = readonly [reason: string, advice: string];

function explainCertificate(
  connection: Connection,
  options: TlsFailureOptions,
): Explanation {
  const { certificate, now, cause } = options;
  const { message, code } = failureFacts(cause);
  const start = new Date(certificate?.valid_from ?? NaN);
  const end = new Date(certificate?.valid_to ?? NaN);
  const clock =
    `Renew it on the API server, or check the clock of this computer (${
      formatMinute(now)
    })`;
  if (end < now) {
    return [`its certificate expired on ${formatMinute(end)}`, clock];
  }
  if (start > now) {
    return [`its certificate is valid from ${formatMinute(start)} on`, clock];
  }
  if (
    code === "ERR_TLS_CERT_ALTNAME_INVALID" || /not valid for/.test(message)
  ) {
    return explainName(connection, message);
  }
  if (message.includes("CaUsedAsEndEntity")) {
    return [
      "its certificate is that of an authority, made out to itself",
      "Give the API server a certificate that its authority has signed",
    ];
  }
  return explainAuthority(connection, certificate);
}

function explainName(connection: Connection, message: string): Explanation {
  const wanted = connection.tls.serverName ??
    endpointOf(connection.server).host;
  const names = certificateNames(message).map((name) => `"${name}"`);
  const made = names.length === 0 ? "other names" : names.join(", ");
  return [
    `its certificate is made out to ${made}, not to "${wanted}"`,
    `Use one of these names in ${describeServerField(connection)}, or as ` +
    `"tls-server-name" (--tls-server-name)`,
  ];
}

/** Reads the names out of the messages of both generations of Deno. */
function certificateNames(message: string): string[] {
  const listed = message.matchAll(
    /DNS:([^,\s]+)|IP Address:([^,\s]+)|DnsName\("([^"]+)"\)|IpAddress\(([^)]+)\)/g,
  );
  return [...listed].map((match) => match.slice(1).find(Boolean) ?? "");
}

function explainAuthority(
  connection: Connection,
  certificate: PeerCertificate | undefined,
): Explanation {
  const issuer = certificate?.issuer?.CN;
  const signed = issuer === undefined
    ? "its certificate is signed by an authority that"
    : `its certificate is signed by "${issuer}", an authority that`;
  const { origin, clusterName, tls } = connection;
  const field = `"certificate-authority" of cluster "${clusterName}"`;
  if (tls.ca === undefined) {
    return [
      `${signed} is not publicly known`,
      `Name it by ${field} in ${origin} (--certificate-authority)`,
    ];
  }
  return [
    `${signed} is not the one in the kubeconfig`,
    `Check ${field} in ${origin}: a cluster that was made anew has a new one`,
  ];
}

function explainHandshake(
  connection: Connection,
  cause: unknown,
): Explanation {
  const { message } = failureFacts(cause);
  if (/InvalidContentType|wrong version number/.test(message)) {
    const field = describeServerField(connection);
    return [
      "it does not speak TLS on this port",
      `Check the port and the scheme of ${field}`,
    ];
  }
  if (isInterruption(cause)) {
    return [`${plainReason(cause)} (in the TLS handshake)`, ""];
  }
  return [`the TLS handshake failed: ${message}`, ""];
}

function isInterruption(cause: unknown): boolean {
  const { code, message, name } = failureFacts(cause);
  return ["ECONNRESET", "EPIPE", "ETIMEDOUT"].includes(code) ||
    ["UnexpectedEof", "ConnectionReset", "BrokenPipe"].includes(name) ||
    /connection was closed|came in time/.test(message);
}
