import { parseCertificates } from "./client_certificate.ts";
import type { TlsSettings } from "./connection.ts";
import type { ContextSelection } from "./context_selection.ts";
import { failureReason, type KubeHost, readHostText } from "./kube_host.ts";
import { unusableKubeconfig } from "./kubeconfig_error.ts";
import { publicAuthorities } from "./public_authorities.ts";

/**
 * Returns how the server's certificate is verified. An authority replaces the
 * public ones; an empty file of authorities trusts nobody, so it is an error.
 *
 * @throws {KubeconfigError} when the authorities cannot be read or parsed, or
 *   are given for a server that is not to be verified
 */
export async function tlsSettings(
  selection: ContextSelection,
  host: KubeHost,
): Promise<TlsSettings> {
  const { cluster, files } = selection;
  const insecure = cluster.insecureSkipTlsVerify;
  const hasAuthority = cluster.certificateAuthority !== "" ||
    cluster.certificateAuthorityData !== "";
  if (insecure && hasAuthority) {
    throw unusableKubeconfig(
      files,
      "specifying a root certificates file with the insecure flag is not allowed",
      { field: "insecure-skip-tls-verify" },
    );
  }
  return {
    insecure,
    ...(!insecure && { ca: await loadAuthorities(selection, host) }),
    ...(cluster.tlsServerName && { serverName: cluster.tlsServerName }),
  };
}

async function loadAuthorities(
  { cluster, clusterName, files }: ContextSelection,
  host: KubeHost,
): Promise<string> {
  const path = cluster.certificateAuthority;
  const data = cluster.certificateAuthorityData;
  try {
    if (!path && !data) return await publicAuthorities(host);
    return parseCertificates(data || await readHostText(host, path));
  } catch (cause) {
    const origin = data
      ? "certificate-authority-data"
      : path || "$SSL_CERT_FILE";
    throw unusableKubeconfig(
      files,
      `unable to load root certificates of cluster "${clusterName}" from ${origin}: ${
        failureReason(cause)
      }`,
      {
        field: data ? "certificate-authority-data" : "certificate-authority",
        cause,
      },
    );
  }
}
