import { X509Certificate } from "node:crypto";
import { ConnectionError } from "../http/connection_error.ts";
import type { ClientCertificate, Connection } from "./connection.ts";
import { endpointOf, formatEndpoint } from "./endpoint.ts";
import { describeServer, failureFacts, formatMinute } from "./failure_text.ts";

/**
 * Explains a TLS alert by which the server refused the client's certificate;
 * with TLS 1.3 it comes in place of the first answer. Returns `undefined` for
 * any other failure.
 */
export function clientCertificateFailure(
  connection: Connection,
  cause: unknown,
): ConnectionError | undefined {
  const alert = /alert: (\w+)/.exec(failureFacts(cause).message)?.[1] ?? "";
  const meaning = CERTIFICATE_ALERTS[alert];
  if (meaning === undefined) return undefined;
  return certificateError(connection, {
    message: `Cannot log in to ${describeServer(connection)}: it ${meaning}\n` +
      `Renew the credentials of user "${connection.userName}" in ${connection.origin}`,
    cause,
    transient: false,
  });
}

/** @see https://www.rfc-editor.org/rfc/rfc8446#section-6.2 */
const CERTIFICATE_ALERTS: Readonly<Record<string, string>> = {
  CertificateRequired: "wants a client certificate",
  CertificateExpired: "refuses the client certificate as expired",
  CertificateRevoked: "refuses the client certificate as revoked",
  CertificateUnknown: "refuses the client certificate",
  BadCertificate: "refuses the client certificate as malformed",
  UnsupportedCertificate: "does not support the client certificate",
  UnknownCA: "does not know the authority of the client certificate",
  AccessDenied: "denies access to the client certificate",
  DecryptError: "finds that the client certificate and its key do not match",
};

/**
 * Explains a 401 when the client certificate has run out: the API server then
 * says no more than "Unauthorized". Returns `undefined` when it is still good.
 */
export function expiredClientCertificate(
  connection: Connection,
  certificate: ClientCertificate,
  now: Date,
): ConnectionError | undefined {
  const { validTo } = new X509Certificate(certificate.cert);
  const end = new Date(validTo);
  if (!(end < now)) return undefined;
  return certificateError(connection, {
    message: `Cannot log in to ${describeServer(connection)}: the client ` +
      `certificate of user "${connection.userName}" expired on ${
        formatMinute(end)
      }\n` +
      `Get a new kubeconfig, or check the clock of this computer (${
        formatMinute(now)
      })`,
    transient: false,
  });
}

/**
 * Explains a client certificate that this runtime cannot present. Deno before
 * 2.9 ends the whole process when it is given an X.509 version 1 certificate,
 * which `openssl x509 -req` makes when no extensions are asked for. Returns
 * `undefined` when the certificate can be used.
 */
export function unusableClientCertificate(
  connection: Connection,
  certificate: ClientCertificate,
  runtime: string = Deno.version.deno,
): ConnectionError | undefined {
  const [major = 0, minor = 0] = runtime.split(".").map(Number);
  if (major > 2 || minor >= 9) return undefined;
  if (!isVersion1(certificate.cert)) return undefined;
  return certificateError(connection, {
    message: `Cannot use the client certificate of user ` +
      `"${connection.userName}": it is an X.509 version 1 certificate, and ` +
      `version 3 is wanted\nIssue it with an extension, such as ` +
      `"extendedKeyUsage=clientAuth", or by a CertificateSigningRequest`,
    transient: false,
  });
}

/** Version 3 is written down as `[0] { INTEGER 2 }`; version 1 is not. */
function isVersion1(pem: string): boolean {
  const base64 = /-----BEGIN CERTIFICATE-----([^-]*)/.exec(pem)?.[1] ?? "";
  const der = Uint8Array.fromBase64(base64.replace(/\s/g, ""));
  const outer = headerLength(der, 0);
  return der[outer + headerLength(der, outer)] !== 0xa0;
}

function headerLength(der: Uint8Array, at: number): number {
  const length = der[at + 1] ?? 0;
  return length < 0x80 ? 2 : 2 + (length & 0x7f);
}

/** Makes the error of a certificate or a handshake that was not accepted. */
export function certificateError(
  connection: Connection,
  options: {
    readonly message: string;
    readonly cause?: unknown;
    readonly transient: boolean;
  },
): ConnectionError {
  return new ConnectionError(options.message, {
    cause: options.cause,
    address: formatEndpoint(endpointOf(connection.server)),
    stage: "tls",
    transient: options.transient,
  });
}
