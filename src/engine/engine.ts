import { Engine } from "./container_engine.ts";
import { engineCandidates } from "./engine_candidates.ts";
import { EngineClient } from "./engine_client.ts";
import type { EngineEndpoint } from "./engine_endpoint.ts";
import { EngineConnectionError, EngineError } from "./engine_error.ts";
import type { EngineHost } from "./engine_host.ts";
import { engineTransport } from "./engine_transport.ts";

export type { Engine };

/** Milliseconds for an engine to say that it is there. */
const PING_TIMEOUT = 10_000;

/** Options for {@linkcode openEngine}. */
export interface OpenEngineOptions {
  /** Ends the search. */
  readonly signal?: AbortSignal;
  /**
   * Milliseconds that an engine has to answer.
   *
   * @default {10_000}
   */
  readonly timeout?: number;
}

/**
 * Finds the engine of this machine: the one that `DOCKER_HOST`,
 * `DOCKER_CONTEXT`, `CONTAINER_HOST` or Docker's current context names, else
 * the first of Docker's and Podman's own sockets that answers.
 *
 * @throws {EngineConnectionError} when none answers; the message says which
 *   were tried, and why not
 * @throws {EngineSettingsError} when a setting names what cannot be used
 */
export async function openEngine(
  host: EngineHost,
  options: OpenEngineOptions = {},
): Promise<Engine> {
  const faults: string[] = [];
  for (const endpoint of await engineCandidates(host)) {
    try {
      return await greet(endpoint, options);
    } catch (error) {
      options.signal?.throwIfAborted();
      const { address, origin } = endpoint;
      faults.push(`Tried ${address} (${origin}): ${faultOf(error)}`);
    }
  }
  throw new EngineConnectionError(
    ["Cannot find a container engine: none answers", ...faults].join("\n"),
    {
      recommendation:
        "Start Docker or Podman (podman system service), or name one with DOCKER_HOST; an archive needs no engine: k8scr push FILE",
    },
  );
}

async function greet(
  endpoint: EngineEndpoint,
  { signal, timeout = PING_TIMEOUT }: OpenEngineOptions,
): Promise<Engine> {
  await checkSocket(endpoint);
  const client = new EngineClient(endpoint, engineTransport(endpoint));
  const late = new AbortController();
  const timer = setTimeout(() => {
    late.abort(noEngine(`it does not answer within ${timeout / 1000} s`));
  }, timeout);
  try {
    const headers = await client.headers({
      action: "ask",
      path: "/_ping",
      signal: AbortSignal.any([late.signal, ...signal ? [signal] : []]),
    });
    const product = productOf(headers);
    return new Engine(client, { product, address: endpoint.address });
  } catch (error) {
    client[Symbol.dispose]();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** The system's own word on a socket is better than the HTTP client's. */
async function checkSocket(endpoint: EngineEndpoint): Promise<void> {
  if (endpoint.kind !== "unix") return;
  const { path } = endpoint;
  try {
    (await Deno.connect({ transport: "unix", path })).close();
  } catch (error) {
    throw noEngine(socketReason(error), { cause: error });
  }
}

function socketReason(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "there is no such socket";
  if (error instanceof Deno.errors.PermissionDenied) {
    return "permission denied; Docker lets in root and the group docker";
  }
  if (error instanceof Deno.errors.ConnectionRefused) {
    return "nothing listens there";
  }
  return error instanceof Error ? error.message : String(error);
}

function noEngine(
  reason: string,
  options: ErrorOptions = {},
): EngineConnectionError {
  const message = `Cannot reach a container engine: ${reason}`;
  return new EngineConnectionError(message, { ...options, reason });
}

/** Only why: which engine it was, the caller says. */
function faultOf(error: unknown): string {
  if (error instanceof EngineConnectionError) return error.reason;
  if (error instanceof EngineError) return error.message;
  throw error;
}

/** `Server: Docker/28.3.0 (linux)`, `Server: Libpod/5.4.2 (linux)`. */
function productOf(headers: Headers): string {
  const server = headers.get("server") ?? "";
  const [, name, version = ""] = /^([A-Za-z]+)\/([^ +]+)/.exec(server) ?? [];
  if (!headers.has("api-version") || name === undefined) {
    throw noEngine("what answers there is no container engine");
  }
  return `${name === "Libpod" ? "Podman" : name} ${version}`;
}
