import { JsonObject } from "../oci/json_document.ts";
import type { RegistryHost } from "../registry/registry_host.ts";
import type { RegistryCredentials } from "../registry/token_server.ts";
import { type DockerConfigHost, readDockerConfig } from "./docker_config.ts";

/** How a credential helper ended. */
export interface HelperResult {
  /** The exit code. */
  readonly code: number;
  /** What it wrote to its standard output. */
  readonly stdout: string;
  /** What it wrote to its standard error. */
  readonly stderr: string;
}

/** What Docker's credential store is read with. */
export interface DockerCredentialHost extends DockerConfigHost {
  /**
   * Runs a program to its end; what it reads is the input.
   *
   * @throws {Error} when it cannot be started
   */
  runHelper(program: string, input: string): Promise<HelperResult>;
}

/** Docker Hub's key, from the first version of its API. */
const DOCKER_HUB_KEY = "https://index.docker.io/v1/";

/** The name that helpers give to what is no password but an identity token. */
const IDENTITY_TOKEN_USER = "<token>";

/** What a helper says, and ends with 1, when it knows nothing. */
const NOT_FOUND = /credentials not found/i;

/**
 * Looks a registry up where `docker login` keeps what it is told: the
 * registry's own helper, the helper for all, the file itself.
 *
 * @returns `undefined` when nothing is known of it
 * @throws {UsageError} when Docker's configuration cannot be used
 * @throws {Error} when a helper fails
 * @see https://docs.docker.com/reference/cli/docker/login/#credential-stores
 */
export async function findDockerCredentials(
  registry: RegistryHost,
  host: DockerCredentialHost,
): Promise<RegistryCredentials | undefined> {
  const config = await readDockerConfig(host);
  if (config === undefined) return undefined;
  const keys = keysOf(registry);
  const own = keys.map((key) => ownValue(config.credHelpers, key))
    .find((helper) => helper !== undefined);
  const helper = own ?? config.credsStore;
  const stored = helper === undefined
    ? undefined
    : await askHelper(helper, keys[0] ?? registry.name, host);
  return stored ?? findInFile(config.auths, keys);
}

/** The spellings of a registry, the one of helpers first. */
function keysOf({ name }: RegistryHost): readonly string[] {
  return name === "docker.io"
    ? [DOCKER_HUB_KEY, "index.docker.io", "docker.io", "registry-1.docker.io"]
    : [name];
}

function ownValue(
  map: Readonly<Record<string, string>>,
  key: string,
): string | undefined {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}

/** Keys may be URLs, as older versions of Docker wrote them. */
function findInFile(
  auths: ReadonlyMap<string, RegistryCredentials>,
  keys: readonly string[],
): RegistryCredentials | undefined {
  for (const key of keys) {
    const exact = auths.get(key);
    if (exact !== undefined) return exact;
  }
  for (const [name, credentials] of auths) {
    if (keys.includes(hostOf(name))) return credentials;
  }
  return undefined;
}

function hostOf(key: string): string {
  return key.replace(/^https?:\/\//, "").replace(/\/.*$/, "");
}

/** @see https://github.com/docker/docker-credential-helpers#development */
async function askHelper(
  helper: string,
  server: string,
  host: DockerCredentialHost,
): Promise<RegistryCredentials | undefined> {
  const program = `docker-credential-${helper}`;
  const { code, stdout, stderr } = await host.runHelper(program, server);
  if (code !== 0) {
    const said = (stdout.trim() || stderr.trim()).split("\n", 1)[0] ?? "";
    if (NOT_FOUND.test(said)) return undefined;
    throw new Error(
      `Cannot get the login for "${server}" from "${program}": it ends with ${code}` +
        (said && `, ${said}`) +
        `\nTry it: echo ${server} | ${program} get`,
    );
  }
  return parseAnswer(stdout, { program, server });
}

function parseAnswer(
  stdout: string,
  { program, server }: { readonly program: string; readonly server: string },
): RegistryCredentials | undefined {
  try {
    const answer = JsonObject.from(JSON.parse(stdout), "its answer");
    const username = answer.optionalString("Username") ?? "";
    const secret = answer.optionalString("Secret") ?? "";
    if (secret === "") return undefined;
    return username === IDENTITY_TOKEN_USER
      ? { kind: "identity-token", token: secret }
      : { kind: "password", username, password: secret };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    // What it printed may be a secret.
    throw new Error(
      `Cannot get the login for "${server}" from "${program}": its answer is not {"Username": …, "Secret": …}`,
    );
  }
}
