import { parseClientCertificate, PemError } from "./client_certificate.ts";
import type {
  ClientCertificate,
  CredentialProvider,
  Credentials,
} from "./connection.ts";
import type { ContextSelection } from "./context_selection.ts";
import { ExecCredentialProvider } from "./exec_credential.ts";
import { readExecPluginPolicy } from "./exec_plugin_policy.ts";
import { failureReason, type KubeHost, readHostText } from "./kube_host.ts";
import type { ExecPlugin, KubeUser } from "./kubeconfig.ts";
import {
  type KubeconfigError,
  unusableKubeconfig,
} from "./kubeconfig_error.ts";
import { CachedValue, fixedValue, type Renewable } from "./renewable.ts";
import { displayedServer } from "./server_url.ts";
import { assertToken, tokenFile } from "./token_file.ts";

/** kubectl looks at certificate files again after five minutes. */
const CERTIFICATE_MAX_AGE = 300_000;

/** The versions of `ExecCredential` that are spoken. */
const API_VERSIONS = [
  "client.authentication.k8s.io/v1",
  "client.authentication.k8s.io/v1beta1",
];

/** Whose credentials, and where they are. */
export interface CredentialProviderOptions {
  /** Where files are read and exec plugins run. */
  readonly host: KubeHost;
  /** Told what the user should know. */
  readonly warn: (warning: string) => void;
}

/** What gives no credentials: the caller is anonymous. */
export const ANONYMOUS: CredentialProvider = {
  get: () => Promise.resolve({}),
  refresh: () => Promise.resolve(false),
};

/**
 * Makes the credentials of the chosen user. An exec plugin counts only where
 * there is no token, basic authentication or certificate; it runs when
 * credentials are first asked for. All else is checked at once.
 *
 * @throws {KubeconfigError} when a file cannot be read, a certificate cannot be
 *   used or the user has only a legacy auth provider
 */
export async function credentialProvider(
  selection: ContextSelection,
  { host, warn }: CredentialProviderOptions,
): Promise<CredentialProvider> {
  const { user } = selection;
  const authorization = authorizationOf(selection, host);
  const certificate = certificateOf(selection, host);
  if (authorization === undefined && user.authProvider !== undefined) {
    throw authProviderError(selection);
  }
  if (authorization ?? certificate) {
    const provider = new UserCredentials(authorization, certificate);
    await provider.get();
    return provider;
  }
  if (!user.exec) return ANONYMOUS;
  assertApiVersion(user.exec, selection);
  const policy = await readExecPluginPolicy(host);
  if (policy.warning !== undefined) warn(policy.warning);
  const server = displayedServer(selection.cluster.server);
  const cluster = { server, cluster: selection.cluster };
  return new ExecCredentialProvider(user.exec, { cluster, policy, host });
}

function assertApiVersion(
  { apiVersion }: ExecPlugin,
  { files }: ContextSelection,
): void {
  if (API_VERSIONS.includes(apiVersion)) return;
  throw unusableKubeconfig(
    files,
    `exec plugin: invalid apiVersion "${apiVersion}"\nThe plugin must speak one of ${
      API_VERSIONS.join(", ")
    }`,
    { field: "exec.apiVersion" },
  );
}

class UserCredentials implements CredentialProvider {
  readonly #authorization: Renewable<string> | undefined;
  readonly #certificate: Renewable<ClientCertificate> | undefined;

  constructor(
    authorization: Renewable<string> | undefined,
    certificate: Renewable<ClientCertificate> | undefined,
  ) {
    this.#authorization = authorization;
    this.#certificate = certificate;
  }

  async get(): Promise<Credentials> {
    const authorization = await this.#authorization?.get();
    const certificate = await this.#certificate?.get();
    return {
      ...(authorization !== undefined && { authorization }),
      ...(certificate !== undefined && { certificate }),
    };
  }

  async refresh(rejected?: Credentials): Promise<boolean> {
    const renewed = [
      await this.#authorization?.refresh(),
      await this.#certificate?.refresh(),
    ];
    if (renewed.includes(true) || rejected === undefined) {
      return renewed.includes(true);
    }
    // Another request may have been refused, and have renewed them, before.
    const { authorization, certificate } = await this.get();
    return authorization !== rejected.authorization ||
      certificate !== rejected.certificate;
  }
}

function authorizationOf(
  { user, files, userName }: ContextSelection,
  host: KubeHost,
): Renewable<string> | undefined {
  const { token, tokenFile: path, username, password } = user;
  const hasToken = token !== "" || path !== "";
  if (hasToken && username !== "") {
    throw unusableKubeconfig(
      files,
      "username/password or bearer token may be set, but not both",
      { field: "username" },
    );
  }
  if (username !== "") return fixedValue(basic(username, password));
  if (token !== "") assertToken(token, `user "${userName}"`);
  if (path !== "") return bearerFile(path, { token, host });
  return token === "" ? undefined : fixedValue(`Bearer ${token}`);
}

function basic(username: string, password: string): string {
  const bytes = new TextEncoder().encode(`${username}:${password}`);
  return `Basic ${bytes.toBase64()}`;
}

interface BearerFileOptions {
  /** What is used while the file cannot be read; empty for nothing. */
  readonly token: string;
  readonly host: KubeHost;
}

function bearerFile(
  path: string,
  { token, host }: BearerFileOptions,
): Renewable<string> {
  const file = tokenFile(path, host);
  const get = async () => {
    try {
      return `Bearer ${await file.get()}`;
    } catch (error) {
      if (token !== "") return `Bearer ${token}`;
      throw error;
    }
  };
  const refresh = async () => {
    try {
      return await file.refresh();
    } catch (error) {
      if (token !== "") return false;
      throw error;
    }
  };
  return { get, refresh };
}

function certificateOf(
  selection: ContextSelection,
  host: KubeHost,
): Renewable<ClientCertificate> | undefined {
  const { user } = selection;
  if (!user.clientCertificate && !user.clientCertificateData) return undefined;
  const inFiles = !user.clientCertificateData && !user.clientKeyData;
  return new CachedValue(() => readCertificate(selection, host), {
    maxAge: inFiles ? CERTIFICATE_MAX_AGE : Infinity,
    now: () => host.now(),
    isSame: (left, right) => left.cert === right.cert && left.key === right.key,
  });
}

async function readCertificate(
  selection: ContextSelection,
  host: KubeHost,
): Promise<ClientCertificate> {
  const { user } = selection;
  try {
    return parseClientCertificate({
      cert: user.clientCertificateData ||
        await readHostText(host, user.clientCertificate),
      key: user.clientKeyData || await readHostText(host, user.clientKey),
    });
  } catch (cause) {
    throw certificateError(selection, cause);
  }
}

function certificateError(
  { files, userName, user }: ContextSelection,
  cause: unknown,
): KubeconfigError {
  const isKey = cause instanceof PemError && cause.part === "key";
  const field = isKey ? keyField(user) : certificateField(user);
  const reason = failureReason(cause);
  const advice = cause instanceof PemError && cause.encrypted
    ? "\nDecrypt it with: openssl pkey -in ENCRYPTED.key -out PLAIN.key"
    : "";
  return unusableKubeconfig(
    files,
    `unable to use ${field} of user "${userName}": ${reason}${advice}`,
    { field, cause },
  );
}

function keyField(user: KubeUser): string {
  return user.clientKeyData ? "client-key-data" : "client-key";
}

function certificateField(user: KubeUser): string {
  return user.clientCertificateData
    ? "client-certificate-data"
    : "client-certificate";
}

/** What took the place of each legacy provider. */
const SUCCESSORS: Readonly<Record<string, string>> = {
  gcp:
    'the exec plugin "gke-gcloud-auth-plugin", which "gcloud container clusters get-credentials" sets up',
  azure:
    'the exec plugin "kubelogin", which "kubelogin convert-kubeconfig" sets up',
  oidc:
    'the exec plugin "kubectl oidc-login", which "kubectl oidc-login setup" sets up',
};

function authProviderError(
  { files, user, userName }: ContextSelection,
): KubeconfigError {
  const name = user.authProvider ?? "";
  const successor = Object.hasOwn(SUCCESSORS, name)
    ? SUCCESSORS[name]
    : "an exec plugin";
  return unusableKubeconfig(
    files,
    `auth-provider "${name}" of user "${userName}" is not supported\nUse ${successor}, or give a token with --token`,
    { field: "auth-provider" },
  );
}
