import { ReferenceSyntaxError } from "../oci/reference.ts";

/** A registry outside of the cluster, and how to speak to it. */
export interface RegistryHost {
  /** The registry as users call it: `docker.io`, `registry.example.com:5000`. */
  readonly name: string;
  /** Scheme, host and port of its API. */
  readonly origin: string;
}

/** Options for {@linkcode parseRegistryHost}. */
export interface RegistryHostOptions {
  /**
   * Whether it is spoken to without TLS.
   *
   * @default {false} TLS, but for this computer itself
   */
  readonly plainHttp?: boolean;
}

/** Docker Hub's name, its other names, and where its registry really is. */
const DOCKER_HUB = "docker.io";
const DOCKER_HUB_ALIASES: ReadonlySet<string> = new Set([
  DOCKER_HUB,
  "index.docker.io",
  "registry-1.docker.io",
]);
const DOCKER_HUB_API = "https://registry-1.docker.io";

const HOST =
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:]+\])(?::[0-9]+)?$/;

/** Names of this computer, where nobody is in between. */
const LOOPBACK = /^(?:localhost|127(?:\.[0-9]+){3}|\[::1\])(?::[0-9]+)?$/;

/**
 * Parses a registry's host, as an image name has it.
 *
 * @throws {ReferenceSyntaxError} when it is none
 */
export function parseRegistryHost(
  text: string,
  options: RegistryHostOptions = {},
): RegistryHost {
  if (DOCKER_HUB_ALIASES.has(text)) {
    return { name: DOCKER_HUB, origin: DOCKER_HUB_API };
  }
  const isPlain = options.plainHttp === true || LOOPBACK.test(text);
  const url = HOST.test(text)
    ? URL.parse(`${isPlain ? "http" : "https"}://${text}`)
    : null;
  if (url === null) {
    throw new ReferenceSyntaxError(
      text,
      "it is not the host of a registry, HOST or HOST:PORT",
    );
  }
  return { name: text, origin: url.origin };
}

/**
 * Returns the repository that a name means at a registry: Docker Hub keeps
 * names without a slash under `library/`.
 */
export function repositoryAt(
  { name }: RegistryHost,
  repository: string,
): string {
  return name === DOCKER_HUB && !repository.includes("/")
    ? `library/${repository}`
    : repository;
}
