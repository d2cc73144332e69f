import { ConfigFieldError, ConfigObject } from "./config_object.ts";
import {
  failureReason,
  HostFileError,
  hostPath,
  type KubeHost,
} from "./kube_host.ts";
import { KubeconfigError } from "./kubeconfig_error.ts";
import { kubeFolder } from "./kubeconfig_location.ts";
import { lookPath } from "./look_path.ts";
import { parseYamlDocuments } from "./yaml_document.ts";

/** Which exec plugins the user allows to run, from kubectl's `kuberc`. */
export interface ExecPluginPolicy {
  /** All, none, or only those of the list. */
  readonly type: "AllowAll" | "DenyAll" | "Allowlist";
  /** Names and paths of the plugins that may run. */
  readonly allowlist: readonly string[];
  /** Why a policy file was not used, where the user should know. */
  readonly warning?: string;
}

const ALLOW_ALL: ExecPluginPolicy = { type: "AllowAll", allowlist: [] };
const PREFERENCE = /^kubectl\.config\.k8s\.io\/(v1alpha1|v1beta1)$/;

/**
 * Reads the policy that kubectl 1.35 and later obey.
 *
 * @see https://github.com/kubernetes/kubectl/blob/v0.35.0/pkg/kuberc/kuberc.go
 * @throws {KubeconfigError} when `$KUBERC` names a file that cannot be used, or
 *   when a policy contradicts itself
 */
export async function readExecPluginPolicy(
  host: KubeHost,
): Promise<ExecPluginPolicy> {
  const explicit = host.env("KUBERC") ?? "";
  const disabled = /^(?:false|f|0)$/i.test(host.env("KUBECTL_KUBERC") ?? "");
  if (disabled || explicit === "off") return ALLOW_ALL;
  const { join, resolve } = hostPath(host);
  const path = explicit || join(await kubeFolder(host), "kuberc");
  try {
    const bytes = await host.readFile(resolve(host.cwd, path));
    return policyOf(findPreference(bytes), path);
  } catch (cause) {
    if (cause instanceof KubeconfigError) throw cause;
    if (explicit === "" && cause instanceof HostFileError && cause.missing) {
      return ALLOW_ALL;
    }
    const problem = `Cannot read kuberc "${path}": ${failureReason(cause)}`;
    if (explicit !== "") throw new KubeconfigError(problem, { path, cause });
    return { ...ALLOW_ALL, warning: `${problem}; it is not used` };
  }
}

/** Returns the first document that is a `Preference`. */
function findPreference(bytes: Uint8Array): ConfigObject {
  const documents = [...parseYamlDocuments(bytes)]
    .filter((document) => document !== null)
    .map((document) => new ConfigObject(document));
  if (documents.length === 0) return new ConfigObject({});
  const preference = documents.find((document) =>
    document.string("kind") === "Preference" &&
    PREFERENCE.test(document.string("apiVersion"))
  );
  if (preference) return preference;
  throw new SyntaxError("No document of it is a Preference");
}

/** A policy is a lock: what cannot be understood is an error, never ignored. */
function policyOf(preference: ConfigObject, path: string): ExecPluginPolicy {
  try {
    return parsePolicy(preference);
  } catch (cause) {
    const field = cause instanceof ConfigFieldError ? cause.field : undefined;
    throw new KubeconfigError(
      `Cannot use kuberc "${path}": ${failureReason(cause)}`,
      { path, cause, ...(field !== undefined && { field }) },
    );
  }
}

function parsePolicy(preference: ConfigObject): ExecPluginPolicy {
  const type = preference.string("credentialPluginPolicy") || "AllowAll";
  const allowlist = preference.objects("credentialPluginAllowlist")
    .map((entry) => entry.string("command") || entry.string("name"));
  if (type === "Allowlist") {
    if (allowlist.length > 0 && !allowlist.includes("")) {
      return { type, allowlist };
    }
    throw new ConfigFieldError(
      "credentialPluginAllowlist",
      'is empty or has an empty entry, but credentialPluginPolicy is "Allowlist"',
    );
  }
  if (type !== "AllowAll" && type !== "DenyAll") {
    throw new ConfigFieldError(
      "credentialPluginPolicy",
      `is "${type}", but "AllowAll", "DenyAll" or "Allowlist" is wanted`,
    );
  }
  if (preference.has("credentialPluginAllowlist")) {
    throw new ConfigFieldError(
      "credentialPluginAllowlist",
      `is there, but credentialPluginPolicy is "${type}"`,
    );
  }
  return { type, allowlist };
}

/** An exec plugin as the kubeconfig names it and as it was found. */
export interface FoundPlugin {
  /** The command of the kubeconfig. */
  readonly command: string;
  /** The executable that would be run. */
  readonly path: string;
}

/**
 * Tells why a plugin must not be run.
 *
 * @returns `undefined` when it may
 */
export async function policyObjection(
  plugin: FoundPlugin,
  options: { readonly policy: ExecPluginPolicy; readonly host: KubeHost },
): Promise<string | undefined> {
  const { policy, host } = options;
  const { command, path } = plugin;
  if (policy.type === "AllowAll") return undefined;
  if (policy.type === "DenyAll") {
    return `plugin "${command}" not allowed: policy set to "DenyAll"`;
  }
  const { basename } = hostPath(host);
  for (const entry of policy.allowlist) {
    if (entry === command || entry === path) return undefined;
    // kubectl looks an entry up only when its name could fit.
    if (basename(entry) !== basename(path)) continue;
    if (await lookPath(entry, host) === path) return undefined;
  }
  return `plugin path "${path}" is not permitted by the credential plugin allowlist`;
}
