import { ConfigFieldError, ConfigObject } from "./config_object.ts";

/**
 * A kubeconfig, of one file or merged. As in kubectl an empty text is the same
 * as an absent field.
 *
 * @see https://github.com/kubernetes/client-go/blob/v0.34.4/tools/clientcmd/api/v1/types.go
 */
export interface Kubeconfig {
  /** The files that were read, in the order in which they are merged. */
  readonly files: readonly string[];
  /** The context that is used when none is named. */
  readonly currentContext: string;
  /** The contexts by name. */
  readonly contexts: ReadonlyMap<string, KubeContext>;
  /** The clusters by name. */
  readonly clusters: ReadonlyMap<string, KubeCluster>;
  /** The users by name. */
  readonly users: ReadonlyMap<string, KubeUser>;
}

/** A context: which cluster, as which user, in which namespace. */
export interface KubeContext {
  /** The cluster's name. */
  readonly cluster: string;
  /** The user's name. */
  readonly user: string;
  /** The namespace that is used when none is named. */
  readonly namespace: string;
}

/** A cluster: where its API server is and how it proves itself. */
export interface KubeCluster {
  /** URL of the API server. */
  readonly server: string;
  /** Name in the server's certificate, in place of the URL's host. */
  readonly tlsServerName: string;
  /** Whether any certificate of the server is accepted. */
  readonly insecureSkipTlsVerify: boolean;
  /** Path of the authorities. */
  readonly certificateAuthority: string;
  /** The authorities, PEM. */
  readonly certificateAuthorityData: string;
  /** URL of the proxy on the way to the server. */
  readonly proxyUrl: string;
  /** Whether answers are asked for without compression. */
  readonly disableCompression: boolean;
  /** What the cluster has for exec plugins; `null` for nothing. */
  readonly execExtension: unknown;
}

/** A user: what proves who the caller is, and as whom the caller acts. */
export interface KubeUser {
  /** Path of the client certificate. */
  readonly clientCertificate: string;
  /** The client certificate, PEM. */
  readonly clientCertificateData: string;
  /** Path of the client key. */
  readonly clientKey: string;
  /** The client key, PEM. */
  readonly clientKeyData: string;
  /** The bearer token. */
  readonly token: string;
  /** Path of the bearer token. */
  readonly tokenFile: string;
  /** Name for basic authentication. */
  readonly username: string;
  /** Password for basic authentication. */
  readonly password: string;
  /** The user to impersonate. */
  readonly as: string;
  /** The UID to impersonate. */
  readonly asUid: string;
  /** The groups to impersonate. */
  readonly asGroups: readonly string[];
  /** What else to impersonate. */
  readonly asUserExtra: ReadonlyMap<string, readonly string[]>;
  /** The name of the legacy auth provider, where there is one. */
  readonly authProvider?: string;
  /** The exec plugin, where there is one. */
  readonly exec?: ExecPlugin;
}

/** A program that prints credentials. */
export interface ExecPlugin {
  /** The version of `ExecCredential` that is spoken. */
  readonly apiVersion: string;
  /** The executable: a path, or a name to look up. */
  readonly command: string;
  /** The arguments. */
  readonly args: readonly string[];
  /** Variables over the caller's environment; the last one of a name wins. */
  readonly env: readonly ExecVariable[];
  /** What is said when the executable is missing. */
  readonly installHint: string;
  /** Whether the plugin is told about the cluster. */
  readonly provideClusterInfo: boolean;
  /** When the plugin gets standard input. */
  readonly interactiveMode: string;
}

/** A variable of an exec plugin's environment. */
export interface ExecVariable {
  /** The variable's name. */
  readonly name: string;
  /** The variable's value. */
  readonly value: string;
}

/** The extension of a cluster that is handed to exec plugins. */
const EXEC_EXTENSION = "client.authentication.k8s.io/exec";

/** A cluster of which nothing is known. */
export const EMPTY_CLUSTER: KubeCluster = parseCluster(new ConfigObject({}));

/** A user of whom nothing is known: anonymous. */
export const EMPTY_USER: KubeUser = parseUser(new ConfigObject({}));

/**
 * Reads a parsed document as a kubeconfig.
 *
 * @throws {ConfigFieldError} when a field has the wrong type, a name is there
 *   twice, or the document is of another kind
 */
export function parseKubeconfig(document: unknown, file: string): Kubeconfig {
  const config = new ConfigObject(document);
  expectValue(config, "apiVersion", "v1");
  expectValue(config, "kind", "Config");
  return {
    files: [file],
    currentContext: config.string("current-context"),
    contexts: namedEntries(config.objects("contexts"), parseContext),
    clusters: namedEntries(config.objects("clusters"), parseCluster),
    users: namedEntries(config.objects("users"), parseUser),
  };
}

function expectValue(config: ConfigObject, key: string, wanted: string): void {
  const value = config.string(key) || wanted;
  if (value === wanted) return;
  throw new ConfigFieldError(
    key,
    `is "${value}", but a kubeconfig has "${wanted}"`,
  );
}

function namedEntries<T>(
  entries: readonly ConfigObject[],
  parse: (entry: ConfigObject) => T,
): ReadonlyMap<string, T> {
  const named = new Map<string, T>();
  for (const entry of entries) {
    const name = entry.string("name");
    if (named.has(name)) {
      throw new ConfigFieldError(
        entry.fieldPath("name"),
        `is "${name}" a second time: names are unique in one file`,
      );
    }
    named.set(name, parse(entry));
  }
  return named;
}

function parseContext(entry: ConfigObject): KubeContext {
  const context = entry.object("context");
  return {
    cluster: context.string("cluster"),
    user: context.string("user"),
    namespace: context.string("namespace"),
  };
}

function parseCluster(entry: ConfigObject): KubeCluster {
  const cluster = entry.object("cluster");
  const extension = cluster.objects("extensions")
    .find((named) => named.string("name") === EXEC_EXTENSION);
  return {
    server: cluster.string("server"),
    tlsServerName: cluster.string("tls-server-name"),
    insecureSkipTlsVerify: cluster.boolean("insecure-skip-tls-verify"),
    certificateAuthority: cluster.string("certificate-authority"),
    certificateAuthorityData: cluster.base64("certificate-authority-data"),
    proxyUrl: cluster.string("proxy-url"),
    disableCompression: cluster.boolean("disable-compression"),
    execExtension: extension?.value("extension") ?? null,
  };
}

function parseUser(entry: ConfigObject): KubeUser {
  const user = entry.object("user");
  return {
    clientCertificate: user.string("client-certificate"),
    clientCertificateData: user.base64("client-certificate-data"),
    clientKey: user.string("client-key"),
    clientKeyData: user.base64("client-key-data"),
    token: user.string("token"),
    tokenFile: user.string("tokenFile"),
    username: user.string("username"),
    password: user.string("password"),
    as: user.string("as"),
    asUid: user.string("as-uid"),
    asGroups: user.strings("as-groups"),
    asUserExtra: parseUserExtra(user.object("as-user-extra")),
    ...(user.has("auth-provider") &&
      { authProvider: user.object("auth-provider").string("name") }),
    ...(user.has("exec") && { exec: parseExecPlugin(user.object("exec")) }),
  };
}

function parseUserExtra(
  extra: ConfigObject,
): ReadonlyMap<string, readonly string[]> {
  return new Map(extra.keys.map((key) => [key, extra.strings(key)]));
}

function parseExecPlugin(exec: ConfigObject): ExecPlugin {
  const apiVersion = exec.string("apiVersion");
  // Only v1 makes the mode a field that must be given.
  const defaultMode = apiVersion === "client.authentication.k8s.io/v1beta1"
    ? "IfAvailable"
    : "";
  return {
    apiVersion,
    command: exec.string("command"),
    args: exec.strings("args"),
    env: exec.objects("env").map((variable) => ({
      name: variable.string("name"),
      value: variable.string("value"),
    })),
    installHint: exec.string("installHint"),
    provideClusterInfo: exec.boolean("provideClusterInfo"),
    interactiveMode: exec.string("interactiveMode") || defaultMode,
  };
}
