import { EngineSettingsError } from "./engine_error.ts";

/** How an engine is known, and how it knows its client; all of it is PEM. */
export interface EngineTls {
  /** The authority that signed the engine's certificate; else the system's. */
  readonly ca?: string;
  /** The client's certificate. */
  readonly cert?: string;
  /** The key of the client's certificate. */
  readonly key?: string;
}

/** Where an engine is. */
export type EngineEndpoint =
  & {
    /** As Docker writes it: `unix:///var/run/docker.sock`. */
    readonly address: string;
    /** What names it: `DOCKER_HOST`, a context, or nothing but custom. */
    readonly origin: string;
  }
  & (
    | {
      readonly kind: "unix";
      /** Path of the socket. */
      readonly path: string;
    }
    | {
      readonly kind: "tcp";
      /** The URL that paths are put behind, without a slash at its end. */
      readonly url: string;
      /** Present for an engine that speaks TLS. */
      readonly tls?: EngineTls;
    }
  );

/** Options for {@linkcode parseEngineAddress}. */
export interface EngineAddressOptions {
  /** What names the engine, for messages. */
  readonly origin: string;
  /** Makes a TCP address one that speaks TLS. */
  readonly tls?: EngineTls;
}

/** Docker's socket on every Unix. */
export const DOCKER_SOCKET = "/var/run/docker.sock";

/** Docker's ports: https://docs.docker.com/reference/cli/dockerd/ */
const PLAIN_PORT = 2375;
const TLS_PORT = 2376;

/** Why an engine cannot be used, and what can be done. */
interface Obstacle {
  readonly reason: string;
  readonly recommendation: string;
}

/** Schemes that Docker knows and that lead nowhere from here. */
const UNUSABLE: ReadonlyMap<string, Obstacle> = new Map([
  ["ssh", {
    reason: "an engine is not reached over SSH",
    recommendation:
      "Forward its socket: ssh -nNT -L /tmp/engine.sock:/var/run/docker.sock HOST, and set DOCKER_HOST=unix:///tmp/engine.sock",
  }],
  ["npipe", {
    reason: "the named pipes of Windows are not read",
    recommendation: "Take the image out: docker save NAME | k8scr push -",
  }],
]);

/**
 * Parses the address of an engine, as `DOCKER_HOST` has it: `unix:///PATH` or
 * `tcp://HOST[:PORT]`.
 *
 * @throws {EngineSettingsError} when it is another kind of address, or none
 */
export function parseEngineAddress(
  address: string,
  options: EngineAddressOptions,
): EngineEndpoint {
  const [, scheme = "", rest = ""] = /^([a-z]+):\/\/(.*)$/.exec(address) ?? [];
  const { origin } = options;
  switch (scheme) {
    case "unix":
      return { kind: "unix", path: rest || DOCKER_SOCKET, address, origin };
    case "tcp":
    case "http":
    case "https":
      return tcpEndpoint(address, rest, {
        ...options,
        ...scheme === "https" && { tls: options.tls ?? {} },
      });
    default:
      throw unusable(address, origin, {
        reason: "it must be unix:///PATH or tcp://HOST:PORT",
        recommendation: `Correct ${origin}`,
        ...UNUSABLE.get(scheme),
      });
  }
}

function tcpEndpoint(
  address: string,
  rest: string,
  { origin, tls }: EngineAddressOptions,
): EngineEndpoint {
  const [, authority = "", path = ""] = /^([^/]*)(.*)$/.exec(rest) ?? [];
  const isHost = /^(?:\[[0-9a-fA-F:]+\]|[A-Za-z0-9._-]*)(?::[0-9]{1,5})?$/;
  if (!isHost.test(authority)) {
    throw unusable(address, origin, {
      reason: `"${authority}" is not HOST:PORT`,
      recommendation: `Correct ${origin}`,
    });
  }
  const hasPort = /:[0-9]+$/.test(authority) && !authority.endsWith("]");
  const port = tls === undefined ? PLAIN_PORT : TLS_PORT;
  const named = hasPort ? authority : `${authority}:${port}`;
  const reachable = named.startsWith(":") ? `localhost${named}` : named;
  const scheme = tls === undefined ? "http" : "https";
  return {
    kind: "tcp",
    url: `${scheme}://${reachable}${path.replace(/\/+$/, "")}`,
    address,
    origin,
    ...tls && { tls },
  };
}

function unusable(
  address: string,
  origin: string,
  { reason, recommendation }: Obstacle,
): EngineSettingsError {
  return new EngineSettingsError(
    `Cannot use the engine "${address}" of ${origin}: ${reason}`,
    { recommendation },
  );
}
