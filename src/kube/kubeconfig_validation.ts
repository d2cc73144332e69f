import type { ContextSelection } from "./context_selection.ts";
import { failureReason, type KubeHost } from "./kube_host.ts";
import type { ExecPlugin, KubeCluster, KubeUser } from "./kubeconfig.ts";
import {
  type KubeconfigError,
  unusableKubeconfig,
} from "./kubeconfig_error.ts";
import { parseProxyUrl } from "./proxy_settings.ts";

/** Something in the kubeconfig that kubectl would not accept. */
interface Problem {
  /** What is wrong, in kubectl's words. */
  readonly text: string;
  /** The field at fault. */
  readonly field: string;
  /** Why, where something threw. */
  readonly cause?: unknown;
}

/**
 * Checks the chosen cluster and user as kubectl does before it dials.
 *
 * @see https://github.com/kubernetes/client-go/blob/v0.34.4/tools/clientcmd/validation.go
 * @returns the error to throw, with all problems in it, or `undefined`
 */
export async function validateSelection(
  selection: ContextSelection,
  host: KubeHost,
): Promise<KubeconfigError | undefined> {
  const problems = [
    ...await userProblems(selection, host),
    ...await clusterProblems(selection, host),
  ];
  const [first, ...others] = problems;
  if (!first) return undefined;
  const { text, field, cause } = first;
  const list = problems.map((problem) => `\n* ${problem.text}`).join("");
  return unusableKubeconfig(
    selection.files,
    others.length === 0 ? text : `invalid configuration${list}`,
    { field, cause },
  );
}

async function userProblems(
  { userName, user }: ContextSelection,
  host: KubeHost,
): Promise<readonly Problem[]> {
  return [
    ...certificatePairProblems(userName, user),
    ...await unreadable(certificateFiles(userName, user), host),
    ...(user.exec ? execProblems(userName, user, user.exec) : []),
    ...methodProblems(userName, user),
    ...impersonationProblems(userName, user),
  ];
}

function hasCertificate(user: KubeUser): boolean {
  return user.clientCertificate !== "" || user.clientCertificateData !== "";
}

function certificatePairProblems(name: string, user: KubeUser): Problem[] {
  if (!hasCertificate(user)) return [];
  const problems: Problem[] = [];
  if (user.clientCertificate && user.clientCertificateData) {
    problems.push({
      text:
        `client-cert-data and client-cert are both specified for ${name}. client-cert-data will override.`,
      field: "client-certificate-data",
    });
  }
  if (user.clientKey && user.clientKeyData) {
    problems.push({
      text:
        `client-key-data and client-key are both specified for ${name}; client-key-data will override`,
      field: "client-key-data",
    });
  }
  if (!user.clientKey && !user.clientKeyData) {
    problems.push({
      text:
        `client-key-data or client-key must be specified for ${name} to use the clientCert authentication method.`,
      field: "client-key",
    });
  }
  return problems;
}

interface NamedFile {
  readonly kind: string;
  readonly field: string;
  readonly path: string;
  readonly owner: string;
}

function certificateFiles(owner: string, user: KubeUser): NamedFile[] {
  if (!hasCertificate(user)) return [];
  return [
    {
      kind: "client-cert",
      field: "client-certificate",
      path: user.clientCertificate,
      owner,
    },
    {
      kind: "client-key",
      field: "client-key",
      path: user.clientKey,
      owner,
    },
  ];
}

async function unreadable(
  files: readonly NamedFile[],
  host: KubeHost,
): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const { kind, field, path, owner } of files) {
    if (path === "") continue;
    try {
      await host.readFile(path);
    } catch (cause) {
      const reason = failureReason(cause);
      problems.push({
        text: `unable to read ${kind} ${path} for ${owner} due to ${reason}`,
        field,
        cause,
      });
    }
  }
  return problems;
}

function execProblems(
  name: string,
  user: KubeUser,
  exec: ExecPlugin,
): Problem[] {
  const problems: Problem[] = [];
  const need = (what: string) => `${what} must be specified for ${name} to use`;
  if (user.authProvider !== undefined) {
    problems.push({
      text:
        `authProvider cannot be provided in combination with an exec plugin for ${name}`,
      field: "auth-provider",
    });
  }
  if (exec.command === "") {
    problems.push({
      text: `${need("command")} exec authentication plugin`,
      field: "exec.command",
    });
  }
  if (exec.apiVersion === "") {
    problems.push({
      text: `${need("apiVersion")} exec authentication plugin`,
      field: "exec.apiVersion",
    });
  }
  if (exec.env.some((variable) => variable.name === "")) {
    problems.push({
      text: `${need("env variable name")} exec authentication plugin`,
      field: "exec.env",
    });
  }
  return [...problems, ...interactiveModeProblems(name, exec)];
}

function interactiveModeProblems(name: string, exec: ExecPlugin): Problem[] {
  const mode = exec.interactiveMode;
  if (["Never", "IfAvailable", "Always"].includes(mode)) return [];
  const text = mode === ""
    ? `interactiveMode must be specified for ${name} to use exec authentication plugin`
    : `invalid interactiveMode for ${name}: "${mode}"`;
  return [{ text, field: "exec.interactiveMode" }];
}

function methodProblems(name: string, user: KubeUser): Problem[] {
  if (user.token === "") return [];
  if (user.username === "" && user.password === "") return [];
  return [{
    text:
      `more than one authentication method found for ${name}; found [token basicAuth], only one is allowed`,
    field: "token",
  }];
}

function impersonationProblems(name: string, user: KubeUser): Problem[] {
  const hasDetail = user.asUid !== "" || user.asGroups.length > 0 ||
    user.asUserExtra.size > 0;
  if (user.as !== "" || !hasDetail) return [];
  return [{
    text:
      `requesting uid, groups or user-extra for ${name} without impersonating a user`,
    field: "as",
  }];
}

async function clusterProblems(
  { clusterName, cluster }: ContextSelection,
  host: KubeHost,
): Promise<readonly Problem[]> {
  return [
    ...proxyUrlProblems(clusterName, cluster),
    ...authorityProblems(clusterName, cluster),
    ...await unreadable([{
      kind: "certificate-authority",
      field: "certificate-authority",
      path: cluster.certificateAuthority,
      owner: clusterName,
    }], host),
  ];
}

function proxyUrlProblems(name: string, cluster: KubeCluster): Problem[] {
  if (cluster.proxyUrl === "") return [];
  try {
    parseProxyUrl(cluster.proxyUrl);
    return [];
  } catch (cause) {
    // Where kubectl shows the whole URL, a password in it would be shown too.
    const shown = cluster.proxyUrl.replace(/[^/@]*@/, "***@");
    const reason = failureReason(cause);
    return [{
      text: `invalid 'proxy-url' "${shown}" for cluster "${name}": ${reason}`,
      field: "proxy-url",
      cause,
    }];
  }
}

function authorityProblems(name: string, cluster: KubeCluster): Problem[] {
  if (!cluster.certificateAuthority || !cluster.certificateAuthorityData) {
    return [];
  }
  return [{
    text:
      `certificate-authority-data and certificate-authority are both specified for ${name}. certificate-authority-data will override.`,
    field: "certificate-authority-data",
  }];
}
