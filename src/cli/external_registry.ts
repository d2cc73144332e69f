import { withTrace } from "../http/trace.ts";
import type { Transport } from "../http/transport.ts";
import { followRedirects } from "../registry/redirects.ts";
import { Registry } from "../registry/registry.ts";
import {
  parseRegistryHost,
  type RegistryHost,
  repositoryAt,
} from "../registry/registry_host.ts";
import { withLogin } from "../registry/registry_login.ts";
import {
  type DockerCredentialHost,
  findDockerCredentials,
} from "./docker_credentials.ts";
import { systemCredentialHost } from "./docker_helper.ts";
import { openExternalTransport } from "./external_transport.ts";
import type { Io } from "./io.ts";
import type { LinkSettings } from "./link_settings.ts";
import type { ProgressDisplay } from "./progress_display.ts";
import { retryNotice } from "./retry_notice.ts";

/** Options for {@linkcode openExternalRegistry}. */
export interface ExternalRegistryOptions {
  /** The world outside. */
  readonly io: Io;
  /** Where retries and traces go. */
  readonly display: ProgressDisplay;
  /** How bytes are moved, and whether exchanges are shown. */
  readonly settings: Pick<
    LinkSettings,
    "chunkSize" | "output" | "stallTimeout"
  >;
  /**
   * Whether the registry is spoken to without TLS.
   *
   * @default {false} TLS, but for this computer itself
   */
  readonly plainHttp?: boolean;
  /**
   * Where Docker's credential store is read.
   *
   * @default {systemCredentialHost} this computer
   */
  readonly credentials?: DockerCredentialHost;
}

/** A registry outside of the cluster; closed by `using`. */
export interface ExternalRegistry extends Disposable {
  /** The registry, which has answered. */
  readonly registry: Registry;
  /**
   * Returns the repository that a name means there: Docker Hub keeps names
   * without a slash under `library/`.
   */
  repositoryName(name: string): string;
}

/**
 * Opens a registry outside of the cluster by its host, `ghcr.io` or
 * `registry.example.com:5000`, with the login of Docker's credential store where
 * the registry wants one.
 *
 * @throws {ReferenceSyntaxError} when it is not a host
 * @throws {RegistryError} when it refuses, or is no registry
 * @throws {RegistryConnectionError} when there is no way to it
 */
export async function openExternalRegistry(
  host: string,
  options: ExternalRegistryOptions,
): Promise<ExternalRegistry> {
  const { io, settings, plainHttp } = options;
  const address = parseRegistryHost(host, {
    ...plainHttp !== undefined && { plainHttp },
  });
  const way = await openExternalTransport({
    host: io.kubeHost({ stdinTaken: true }),
    stallTimeout: settings.stallTimeout,
  });
  const registry = registryAt(address, way.transport, options);
  try {
    await registry.ping({ signal: io.signal });
  } catch (error) {
    way[Symbol.dispose]();
    throw error;
  }
  return {
    registry,
    repositoryName: (repository) => repositoryAt(address, repository),
    [Symbol.dispose]: () => way[Symbol.dispose](),
  };
}

function registryAt(
  address: RegistryHost,
  transport: Transport,
  options: ExternalRegistryOptions,
): Registry {
  const { name, origin } = address;
  const { io, display, settings } = options;
  const traced = settings.output.verbose
    ? withTrace((line) => display.trace(line))(transport)
    : transport;
  const store = options.credentials ?? systemCredentialHost(io);
  const login = withLogin({
    origin,
    registry: name,
    credentials: () => findDockerCredentials(address, store),
    tokens: traced,
    signal: io.signal,
  });
  const redirects = followRedirects({ registry: name, elsewhere: traced });
  return new Registry(redirects(login(traced)), {
    origin,
    ...settings.chunkSize !== undefined && { chunkSize: settings.chunkSize },
    // It would be a list of strangers' repositories, or a refusal.
    searchesCatalog: false,
    retry: { signal: io.signal, onRetry: retryNotice(display) },
  });
}
