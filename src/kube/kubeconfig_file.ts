import { ConfigFieldError } from "./config_object.ts";
import {
  failureReason,
  HostFileError,
  hostPath,
  type KubeHost,
} from "./kube_host.ts";
import {
  type ExecPlugin,
  type Kubeconfig,
  parseKubeconfig,
} from "./kubeconfig.ts";
import { KubeconfigError } from "./kubeconfig_error.ts";
import { parseYamlDocuments } from "./yaml_document.ts";

/**
 * Reads one kubeconfig file. Paths in it are made absolute, relative to the
 * folder that it is in.
 *
 * @returns `undefined` when there is no such file
 * @throws {KubeconfigError} when the file cannot be read or parsed
 */
export async function readKubeconfigFile(
  path: string,
  host: KubeHost,
): Promise<Kubeconfig | undefined> {
  try {
    const { dirname, resolve } = hostPath(host);
    const absolute = resolve(host.cwd, path);
    const [document] = parseYamlDocuments(await host.readFile(absolute));
    const config = parseKubeconfig(document ?? null, path);
    return withAbsolutePaths(config, pathResolver(dirname(absolute), host));
  } catch (cause) {
    if (cause instanceof HostFileError && cause.missing) return undefined;
    const field = cause instanceof ConfigFieldError ? cause.field : "";
    throw new KubeconfigError(
      `Cannot read kubeconfig "${path}": ${failureReason(cause)}`,
      { path, cause, ...(field !== "" && { field }) },
    );
  }
}

/** Makes the paths of one file absolute. */
interface PathResolver {
  /** An empty path stays empty. */
  readonly path: (path: string) => string;
  /** A bare name is looked up on `PATH` later, so it stays as it is. */
  readonly command: (command: string) => string;
}

function pathResolver(folder: string, host: KubeHost): PathResolver {
  const { resolve, sep } = hostPath(host);
  return {
    path: (path) => path && resolve(folder, path),
    command: (command) =>
      command.includes(sep) ? resolve(folder, command) : command,
  };
}

function withAbsolutePaths(
  config: Kubeconfig,
  resolver: PathResolver,
): Kubeconfig {
  return {
    ...config,
    clusters: mapValues(config.clusters, (cluster) => ({
      ...cluster,
      certificateAuthority: resolver.path(cluster.certificateAuthority),
    })),
    users: mapValues(config.users, (user) => ({
      ...user,
      clientCertificate: resolver.path(user.clientCertificate),
      clientKey: resolver.path(user.clientKey),
      tokenFile: resolver.path(user.tokenFile),
      ...(user.exec && { exec: withAbsoluteCommand(user.exec, resolver) }),
    })),
  };
}

function withAbsoluteCommand(
  exec: ExecPlugin,
  resolver: PathResolver,
): ExecPlugin {
  return { ...exec, command: resolver.command(exec.command) };
}

function mapValues<T>(
  map: ReadonlyMap<string, T>,
  change: (value: T) => T,
): ReadonlyMap<string, T> {
  return new Map([...map].map(([name, value]) => [name, change(value)]));
}
