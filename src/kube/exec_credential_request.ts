import { failureReason, type KubeHost, readHostText } from "./kube_host.ts";
import type { KubeCluster } from "./kubeconfig.ts";
import { KubeconfigError } from "./kubeconfig_error.ts";

/** What an exec plugin is asked. */
export interface ExecCredentialRequest {
  /** The version of `ExecCredential` that is spoken. */
  readonly apiVersion: string;
  /** Whether the plugin may ask the user. */
  readonly interactive: boolean;
  /** The cluster, when the plugin is to be told. */
  readonly cluster?: ExecCluster;
}

/** A cluster as exec plugins are told about it. */
export interface ExecCluster {
  /** The server, in the kubeconfig's own spelling. */
  readonly server: string;
  /** The rest of the cluster. */
  readonly cluster: KubeCluster;
}

/**
 * Returns the value of `KUBERNETES_EXEC_INFO`.
 *
 * @see https://kubernetes.io/docs/reference/config-api/client-authentication.v1/
 * @throws {KubeconfigError} when the cluster's authorities cannot be read
 */
export async function execInfo(
  request: ExecCredentialRequest,
  host: KubeHost,
): Promise<string> {
  const { apiVersion, interactive, cluster } = request;
  const spec = {
    ...(cluster && { cluster: await clusterInfo(cluster, host) }),
    interactive,
  };
  const info = { kind: "ExecCredential", apiVersion, spec };
  return JSON.stringify(info) + "\n";
}

async function clusterInfo(
  { server, cluster }: ExecCluster,
  host: KubeHost,
): Promise<Record<string, unknown>> {
  const ca = await authorities(cluster, host);
  return {
    server,
    ...(cluster.tlsServerName && { "tls-server-name": cluster.tlsServerName }),
    ...(cluster.insecureSkipTlsVerify && { "insecure-skip-tls-verify": true }),
    ...(ca && {
      "certificate-authority-data": new TextEncoder().encode(ca).toBase64(),
    }),
    ...(cluster.proxyUrl && { "proxy-url": cluster.proxyUrl }),
    ...(cluster.disableCompression && { "disable-compression": true }),
    config: cluster.execExtension,
  };
}

async function authorities(
  cluster: KubeCluster,
  host: KubeHost,
): Promise<string> {
  const path = cluster.certificateAuthority;
  if (cluster.certificateAuthorityData || !path) {
    return cluster.certificateAuthorityData;
  }
  try {
    return await readHostText(host, path);
  } catch (cause) {
    throw new KubeconfigError(
      `Cannot read certificate-authority "${path}" for the exec plugin: ${
        failureReason(cause)
      }`,
      { path, field: "certificate-authority", cause },
    );
  }
}
