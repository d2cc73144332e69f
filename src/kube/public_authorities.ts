import { rootCertificates } from "node:tls";
import { HostFileError, type KubeHost } from "./kube_host.ts";

/**
 * Where systems keep the authorities that they trust, in the order in which
 * kubectl looks.
 *
 * @see https://go.dev/src/crypto/x509/root_linux.go
 */
const SYSTEM_FILES: readonly string[] = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/pki/tls/cacert.pem",
  "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
  "/etc/ssl/cert.pem",
];

/**
 * Returns the authorities that vouch for servers when nothing names others,
 * PEM: `$SSL_CERT_FILE`, else those of the system, else those of Mozilla that
 * the runtime carries.
 *
 * @throws {HostFileError} when the file that `$SSL_CERT_FILE` names cannot be
 *   read
 */
export async function publicAuthorities(
  host: Pick<KubeHost, "env" | "readFile">,
): Promise<string> {
  const named = host.env("SSL_CERT_FILE");
  if (named) return decode(await host.readFile(named));
  for (const path of SYSTEM_FILES) {
    try {
      return decode(await host.readFile(path));
    } catch (error) {
      if (!(error instanceof HostFileError)) throw error;
    }
  }
  return rootCertificates.join("\n");
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
