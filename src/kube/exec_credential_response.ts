import { parseClientCertificate } from "./client_certificate.ts";
import { ConfigObject } from "./config_object.ts";
import type { Credentials } from "./connection.ts";
import { parseYamlDocuments } from "./yaml_document.ts";

/** What an exec plugin gave. */
export interface ExecCredentialResponse {
  /** The credentials. */
  readonly credentials: Credentials;
  /** When they expire, in milliseconds since 1970; absent for never. */
  readonly expiresAt?: number;
}

/** An RFC 3339 time, which is stricter than what `Date.parse` takes. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[-+]\d\d:\d\d)$/;

/**
 * Reads the output of an exec plugin, an `ExecCredential` in JSON or YAML.
 *
 * @see https://kubernetes.io/docs/reference/config-api/client-authentication.v1/
 * @throws {SyntaxError} when it is something else; the message does not quote
 *   the output
 * @throws {TypeError} when a field has the wrong type
 */
export function parseExecCredential(
  output: Uint8Array,
  apiVersion: string,
): ExecCredentialResponse {
  const credential = decode(output);
  const version = credential.string("apiVersion");
  if (version !== apiVersion) {
    throw new SyntaxError(
      `Exec plugin is configured to use API version ${apiVersion}, plugin returned version ${version}`,
    );
  }
  if (!credential.has("status")) {
    throw new SyntaxError("Exec plugin didn't return a status field");
  }
  const status = credential.object("status");
  const expiresAt = parseTime(status.string("expirationTimestamp"));
  return {
    credentials: parseStatus(status),
    ...(expiresAt !== undefined && { expiresAt }),
  };
}

function decode(output: Uint8Array): ConfigObject {
  const [document] = parseYamlDocuments(output);
  if (typeof document !== "object" || document === null) {
    throw new SyntaxError("Decoding stdout: it is not an ExecCredential");
  }
  const credential = new ConfigObject(document);
  if (credential.string("kind") === "ExecCredential") return credential;
  throw new SyntaxError("Decoding stdout: its kind is not ExecCredential");
}

function parseStatus(status: ConfigObject): Credentials {
  const token = status.string("token");
  const cert = status.string("clientCertificateData");
  const key = status.string("clientKeyData");
  if (!token && !cert && !key) {
    throw new SyntaxError("Exec plugin didn't return a token or cert/key pair");
  }
  if (!cert !== !key) {
    throw new SyntaxError(
      "Exec plugin returned only certificate or key, not both",
    );
  }
  if (token && !/^[\x20-\x7e]+$/.test(token)) {
    throw new SyntaxError("The token has characters that no header may hold");
  }
  return {
    ...(token && { authorization: `Bearer ${token}` }),
    ...(cert && { certificate: parseClientCertificate({ cert, key }) }),
  };
}

function parseTime(text: string): number | undefined {
  if (text === "") return undefined;
  const time = TIME.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(time)) {
    throw new SyntaxError(
      "Decoding stdout: status.expirationTimestamp is not an RFC 3339 time",
    );
  }
  return time;
}
