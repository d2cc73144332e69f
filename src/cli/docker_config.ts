import { join } from "node:path";
import {
  failureReason,
  HostFileError,
  type KubeHost,
} from "../kube/kube_host.ts";
import {
  DocumentSyntaxError,
  JsonObject,
  parseJsonDocument,
} from "../oci/json_document.ts";
import type { RegistryCredentials } from "../registry/token_server.ts";
import { UsageError } from "./usage_error.ts";

/**
 * What Docker's configuration says about logins.
 *
 * @see https://docs.docker.com/reference/cli/docker/login/
 */
export interface DockerConfig {
  /** Where it was read from, for messages. */
  readonly path: string;
  /** The helper for each registry that has one of its own. */
  readonly credHelpers: Readonly<Record<string, string>>;
  /** The helper for all other registries. */
  readonly credsStore?: string;
  /** What is stored in the file itself, by registry. */
  readonly auths: ReadonlyMap<string, RegistryCredentials>;
}

/** What the configuration is read from. */
export type DockerConfigHost = Pick<KubeHost, "env" | "os" | "readFile">;

/**
 * Reads `config.json` of `$DOCKER_CONFIG` or `~/.docker`.
 *
 * @returns `undefined` when there is no such file
 * @throws {UsageError} when it cannot be used
 */
export async function readDockerConfig(
  host: DockerConfigHost,
): Promise<DockerConfig | undefined> {
  const path = configPath(host);
  if (path === undefined) return undefined;
  try {
    return parseConfig(path, await host.readFile(path));
  } catch (error) {
    if (error instanceof HostFileError && error.missing) return undefined;
    const isOurs = error instanceof HostFileError ||
      error instanceof DocumentSyntaxError;
    if (!isOurs) throw error;
    const message = error instanceof DocumentSyntaxError
      ? error.message
      : `Cannot read Docker's configuration "${path}": ${failureReason(error)}`;
    throw new UsageError(message, {
      recommendation: "Mend the file, or name another folder by $DOCKER_CONFIG",
      cause: error,
    });
  }
}

function configPath({ env, os }: DockerConfigHost): string | undefined {
  const folder = env("DOCKER_CONFIG");
  if (folder) return join(folder, "config.json");
  const home = env(os === "windows" ? "USERPROFILE" : "HOME");
  return home ? join(home, ".docker", "config.json") : undefined;
}

function parseConfig(path: string, bytes: Uint8Array): DockerConfig {
  const document = `Docker's configuration "${path}"`;
  const config = JsonObject.from(parseJsonDocument(bytes, document), document);
  const auths = config.optionalObject("auths");
  const credsStore = config.optionalString("credsStore");
  return {
    path,
    credHelpers: config.stringMap("credHelpers"),
    ...credsStore && { credsStore },
    auths: auths ? parseAuths(auths) : new Map(),
  };
}

/** An entry without a login is what a helper leaves behind. */
function parseAuths(
  auths: JsonObject,
): ReadonlyMap<string, RegistryCredentials> {
  const found = new Map<string, RegistryCredentials>();
  for (const name of Object.keys(auths.fields())) {
    const credentials = parseAuth(auths.object(name));
    if (credentials !== undefined) found.set(name, credentials);
  }
  return found;
}

function parseAuth(entry: JsonObject): RegistryCredentials | undefined {
  const identity = entry.optionalString("identitytoken");
  if (identity) return { kind: "identity-token", token: identity };
  const registry = entry.optionalString("registrytoken");
  if (registry) return { kind: "registry-token", token: registry };
  const auth = entry.optionalString("auth");
  if (auth) return decodeAuth(entry, auth);
  const username = entry.optionalString("username");
  const password = entry.optionalString("password");
  if (!username || !password) return undefined;
  return { kind: "password", username, password };
}

function decodeAuth(entry: JsonObject, auth: string): RegistryCredentials {
  const text = decodeBase64(auth);
  const colon = text?.indexOf(":") ?? -1;
  if (text === undefined || colon < 1) {
    throw entry.fault("auth", "is not NAME:PASSWORD in base64");
  }
  return {
    kind: "password",
    username: text.slice(0, colon),
    // Docker itself once wrote zero bytes behind the password.
    password: text.slice(colon + 1).replace(/\0+$/, ""),
  };
}

function decodeBase64(text: string): string | undefined {
  try {
    return new TextDecoder().decode(Uint8Array.fromBase64(text));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
