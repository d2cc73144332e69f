import type { ConnectionFlags } from "../kube/connection_flags.ts";
import type { FlagGroup, FlagSpec } from "./flag_spec.ts";
import type { Flags } from "./flags.ts";

/**
 * kubectl's own flags, with kubectl's names and meaning.
 *
 * @see https://kubernetes.io/docs/reference/kubectl/kubectl/
 */
const KUBECTL_FLAGS: readonly FlagSpec[] = [
  {
    name: "kubeconfig",
    value: "FILE",
    description: "the kubeconfig, in place of $KUBECONFIG or ~/.kube/config",
    completion: "files",
  },
  {
    name: "context",
    value: "NAME",
    description: "the context of the kubeconfig",
    completion: "contexts",
  },
  {
    name: "cluster",
    value: "NAME",
    description: "the cluster of the kubeconfig",
    completion: "clusters",
  },
  {
    name: "user",
    value: "NAME",
    description: "the user of the kubeconfig",
    completion: "users",
  },
  {
    name: "namespace",
    short: "n",
    value: "NAME",
    description: "the namespace",
    completion: "namespaces",
  },
  {
    name: "server",
    short: "s",
    value: "URL",
    description: "address and port of the API server",
  },
  {
    name: "token",
    value: "TOKEN",
    description: "bearer token for the API server",
  },
  {
    name: "as",
    value: "USER",
    description: "user to impersonate",
  },
  {
    name: "as-group",
    value: "GROUP",
    description: "group to impersonate; can be given several times",
    repeatable: true,
  },
  { name: "as-uid", value: "UID", description: "UID to impersonate" },
  {
    name: "certificate-authority",
    value: "FILE",
    description: "authorities that sign the API server's certificate, PEM",
    completion: "files",
  },
  {
    name: "client-certificate",
    value: "FILE",
    description: "the client's certificate, PEM",
    completion: "files",
  },
  {
    name: "client-key",
    value: "FILE",
    description: "the client's key, PEM",
    completion: "files",
  },
  {
    name: "insecure-skip-tls-verify",
    description: "accept any certificate of the API server",
  },
  {
    name: "tls-server-name",
    value: "NAME",
    description: "the name in the API server's certificate",
  },
  {
    name: "request-timeout",
    value: "DURATION",
    description: "deadline of a single API call; not of a transfer",
  },
];

const HEADING = "Connection flags, as kubectl has them:";

/** Name of kubectl's `--as` in commands whose `--as` names an image. */
export const AS_USER = "as-user";

/** The flags of every command that speaks to the cluster. */
export const kubectlFlags: FlagGroup = {
  heading: HEADING,
  flags: KUBECTL_FLAGS,
};

/** The same for commands whose `--as` names an image: impersonation is `--as-user`. */
export const kubectlFlagsBesideAs: FlagGroup = {
  heading: HEADING,
  flags: KUBECTL_FLAGS.map((flag) =>
    flag.name === "as"
      ? {
        ...flag,
        name: AS_USER,
        description: "kubectl's --as: user to impersonate",
      }
      : flag
  ),
};

/**
 * Reads the flags of {@linkcode kubectlFlags}.
 *
 * @param as the name that the command gives to kubectl's `--as`
 */
export function readConnectionFlags(
  flags: Flags,
  as: "as" | typeof AS_USER = "as",
): ConnectionFlags {
  const texts = {
    kubeconfig: flags.optional("kubeconfig"),
    context: flags.optional("context"),
    cluster: flags.optional("cluster"),
    user: flags.optional("user"),
    namespace: flags.optional("namespace"),
    server: flags.optional("server"),
    token: flags.optional("token"),
    as: flags.optional(as),
    asUid: flags.optional("as-uid"),
    certificateAuthority: flags.optional("certificate-authority"),
    clientCertificate: flags.optional("client-certificate"),
    clientKey: flags.optional("client-key"),
    tlsServerName: flags.optional("tls-server-name"),
    requestTimeout: flags.optional("request-timeout"),
  };
  const given: ConnectionFlags = Object.fromEntries(
    Object.entries(texts).filter(([, value]) => value !== undefined),
  );
  return {
    ...given,
    asGroup: flags.list("as-group"),
    ...flags.isOn("insecure-skip-tls-verify") &&
      { insecureSkipTlsVerify: true },
  };
}
