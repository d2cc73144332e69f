import type { CredentialProvider, Credentials } from "./connection.ts";
import { ExecCredentialError } from "./exec_credential_error.ts";
import { type ExecCluster, execInfo } from "./exec_credential_request.ts";
import {
  type ExecCredentialResponse,
  parseExecCredential,
} from "./exec_credential_response.ts";
import {
  type ExecPluginPolicy,
  policyObjection,
} from "./exec_plugin_policy.ts";
import { failureReason, type KubeHost } from "./kube_host.ts";
import type { ExecPlugin } from "./kubeconfig.ts";
import { lookPath } from "./look_path.ts";

/** Options for {@linkcode ExecCredentialProvider}. */
export interface ExecCredentialOptions {
  /** The cluster that the credentials are for. */
  readonly cluster: ExecCluster;
  /** Which plugins may run. */
  readonly policy: ExecPluginPolicy;
  /** Where the plugin runs. */
  readonly host: KubeHost;
}

const MISSING_PLUGIN_ADVICE = `
It looks like you are trying to use a client-go credential plugin that is not installed.
To learn more about this feature, consult the documentation available at:
https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins`;

/**
 * Credentials that an exec plugin prints. They are kept in memory until they
 * expire; the plugin never runs twice at the same time.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
 */
export class ExecCredentialProvider implements CredentialProvider {
  readonly #plugin: ExecPlugin;
  readonly #options: ExecCredentialOptions;
  #cached: ExecCredentialResponse | undefined;
  #running: Promise<ExecCredentialResponse> | undefined;

  /** Makes a provider; nothing runs before credentials are asked for. */
  constructor(plugin: ExecPlugin, options: ExecCredentialOptions) {
    this.#plugin = plugin;
    this.#options = options;
  }

  /**
   * Returns the credentials, from the plugin where none are kept.
   *
   * @throws {ExecCredentialError} when the plugin fails
   */
  async get(): Promise<Credentials> {
    const cached = this.#cached;
    if (cached && !this.#isExpired(cached)) return cached.credentials;
    this.#running ??= this.#run();
    return (await this.#running).credentials;
  }

  /**
   * Forgets the credentials, so that the plugin runs again.
   *
   * @param rejected those that the API server rejected; where others are kept
   *   by now, they stay
   */
  refresh(rejected?: Credentials): Promise<boolean> {
    const current = this.#cached?.credentials;
    if (rejected === undefined || rejected === current) {
      this.#cached = undefined;
    }
    return Promise.resolve(true);
  }

  #isExpired({ expiresAt }: ExecCredentialResponse): boolean {
    return expiresAt !== undefined && this.#options.host.now() > expiresAt;
  }

  async #run(): Promise<ExecCredentialResponse> {
    try {
      const response = await runPlugin(this.#plugin, this.#options);
      this.#cached = response;
      return response;
    } finally {
      this.#running = undefined;
    }
  }
}

async function runPlugin(
  plugin: ExecPlugin,
  options: ExecCredentialOptions,
): Promise<ExecCredentialResponse> {
  const { host, cluster } = options;
  const interactive = isInteractive(plugin, host);
  const path = await findPlugin(plugin, options);
  const info = await execInfo({
    apiVersion: plugin.apiVersion,
    interactive,
    ...(plugin.provideClusterInfo && { cluster }),
  }, host);
  const output = await execute(plugin, { path, info, interactive, host });
  try {
    return parseExecCredential(output, plugin.apiVersion);
  } catch (cause) {
    throw pluginError(plugin, failureReason(cause), { cause });
  }
}

/** @throws {ExecCredentialError} when the plugin needs a terminal in vain */
function isInteractive(plugin: ExecPlugin, host: KubeHost): boolean {
  const available = host.stdinIsTerminal && !host.stdinTaken;
  if (plugin.interactiveMode === "Never") return false;
  if (plugin.interactiveMode === "IfAvailable" || available) return available;
  const reason = host.stdinTaken
    ? "standard input is unavailable: the command reads it itself"
    : "standard input is not a terminal";
  throw pluginError(
    plugin,
    `exec plugin cannot support interactive mode: ${reason}`,
  );
}

async function findPlugin(
  plugin: ExecPlugin,
  options: ExecCredentialOptions,
): Promise<string> {
  const { command } = plugin;
  const found = await lookPath(command, options.host);
  const objection = await policyObjection(
    { command, path: found ?? command },
    options,
  );
  if (objection !== undefined) throw pluginError(plugin, objection);
  if (found !== undefined) return found;
  const hint = plugin.installHint && `\n\n${printable(plugin.installHint)}`;
  throw pluginError(
    plugin,
    `exec: executable ${command} not found${MISSING_PLUGIN_ADVICE}${hint}`,
  );
}

interface Execution {
  readonly path: string;
  readonly info: string;
  readonly interactive: boolean;
  readonly host: KubeHost;
}

async function execute(
  plugin: ExecPlugin,
  { path, info, interactive, host }: Execution,
): Promise<Uint8Array> {
  const own = plugin.env.map(({ name, value }) => [name, value] as const);
  const env = {
    ...host.environment(),
    ...Object.fromEntries(own),
    KUBERNETES_EXEC_INFO: info,
  };
  const stdin = interactive ? "inherit" : "null";
  try {
    const { args } = plugin;
    const { code, stdout } = await host.run(path, { args, env, stdin });
    if (code === 0) return stdout;
    throw pluginError(
      plugin,
      `exec: executable ${plugin.command} failed with exit code ${code}`,
      { exitCode: code },
    );
  } catch (cause) {
    if (cause instanceof ExecCredentialError) throw cause;
    throw pluginError(plugin, `exec: ${failureReason(cause)}`, { cause });
  }
}

function pluginError(
  plugin: ExecPlugin,
  reason: string,
  options: ErrorOptions & { readonly exitCode?: number } = {},
): ExecCredentialError {
  const { command, installHint } = plugin;
  return new ExecCredentialError(
    `Cannot get credentials from exec plugin "${command}": ${reason}`,
    {
      command,
      ...(installHint && { installHint: printable(installHint) }),
      ...options,
    },
  );
}

/** A hint is text from a file: it must not steer the terminal. */
function printable(text: string): string {
  return text.replaceAll(/[\p{C}](?<![\t\n\v\f\r])/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
  });
}
