import type { ConnectionFlags } from "./connection_flags.ts";
import type { ContextSelection } from "./context_selection.ts";
import { HostFileError, type KubeHost, readHostText } from "./kube_host.ts";
import { EMPTY_CLUSTER, EMPTY_USER } from "./kubeconfig.ts";

/** Where the kubelet puts what a Pod needs to speak to the API server. */
const FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount";
const TOKEN = `${FOLDER}/token`;
const AUTHORITY = `${FOLDER}/ca.crt`;
const NAMESPACE = `${FOLDER}/namespace`;

/** Tells whether the program runs in a Pod with a service account. */
export async function isInCluster(host: KubeHost): Promise<boolean> {
  if (!host.env("KUBERNETES_SERVICE_HOST")) return false;
  if (!host.env("KUBERNETES_SERVICE_PORT")) return false;
  return await host.isFile(TOKEN);
}

/** Returns the namespace of the Pod that the program runs in. */
export async function inClusterNamespace(host: KubeHost): Promise<string> {
  const named = host.env("POD_NAMESPACE");
  if (named) return named;
  try {
    return (await readHostText(host, NAMESPACE)).trim() || "default";
  } catch (error) {
    if (error instanceof HostFileError) return "default";
    throw error;
  }
}

/** Options for {@linkcode selectServiceAccount}. */
export interface ServiceAccountOptions {
  /** kubectl's flags, of which a few count here. */
  readonly flags: ConnectionFlags;
  /** The Pod's view of the machine. */
  readonly host: KubeHost;
}

/**
 * Puts the Pod's service account in place of the cluster and the user of a
 * selection. Only server, token, authority and impersonation flags count.
 *
 * @see https://github.com/kubernetes/client-go/blob/v0.34.4/rest/config.go
 */
export async function selectServiceAccount(
  selection: ContextSelection,
  { flags, host }: ServiceAccountOptions,
): Promise<ContextSelection> {
  const { as, asUid, asGroups, asUserExtra } = selection.user;
  // An authority that cannot be read leaves the system's, as in kubectl.
  const authority = await host.isFile(AUTHORITY) ? AUTHORITY : "";
  return {
    ...selection,
    contextName: "",
    clusterName: "",
    userName: "",
    cluster: {
      ...EMPTY_CLUSTER,
      server: flags.server || serviceUrl(host),
      certificateAuthority: flags.certificateAuthority || authority,
    },
    user: {
      ...EMPTY_USER,
      ...(flags.token ? { token: flags.token } : { tokenFile: TOKEN }),
      as,
      asUid,
      asGroups,
      asUserExtra,
    },
  };
}

/** Names the flags that the service account leaves without effect. */
export function ignoredInCluster(flags: ConnectionFlags): readonly string[] {
  const ignored: Readonly<Record<string, unknown>> = {
    "--tls-server-name": flags.tlsServerName,
    "--insecure-skip-tls-verify": flags.insecureSkipTlsVerify,
    "--client-certificate": flags.clientCertificate,
    "--client-key": flags.clientKey,
    "--username": flags.username,
    "--password": flags.password,
  };
  return Object.keys(ignored).filter((flag) => ignored[flag]);
}

function serviceUrl(host: KubeHost): string {
  const name = host.env("KUBERNETES_SERVICE_HOST") ?? "";
  const port = host.env("KUBERNETES_SERVICE_PORT") ?? "";
  return `https://${name.includes(":") ? `[${name}]` : name}:${port}`;
}
