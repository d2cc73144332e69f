import type { Transport } from "../http/transport.ts";
import type { EngineEndpoint } from "./engine_endpoint.ts";
import { EngineSettingsError } from "./engine_error.ts";

/** The way to an engine. */
export interface EngineTransport extends Disposable {
  /** What paths are put behind. */
  readonly url: string;
  /** Sends one request; the failure is that of the runtime's `fetch`. */
  readonly send: Transport;
}

/** The host of a socket matters to nobody, but HTTP wants one. */
const SOCKET_URL = "http://engine";

/**
 * Makes the way to an engine; nothing is sent yet.
 *
 * @throws {EngineSettingsError} when the certificate or the key is no PEM
 */
export function engineTransport(endpoint: EngineEndpoint): EngineTransport {
  const client = createClient(endpoint);
  return {
    url: endpoint.kind === "unix" ? SOCKET_URL : endpoint.url,
    send: (request) => fetch(request, { client, redirect: "manual" }),
    [Symbol.dispose]: () => client.close(),
  };
}

function createClient(endpoint: EngineEndpoint): Deno.HttpClient {
  if (endpoint.kind === "unix") {
    const { path } = endpoint;
    return Deno.createHttpClient({
      ...ONE_REQUEST,
      proxy: { transport: "unix", path },
    });
  }
  const { ca, cert, key } = endpoint.tls ?? {};
  try {
    return Deno.createHttpClient({
      ...ONE_REQUEST,
      ...ca !== undefined && { caCerts: [ca] },
      ...cert !== undefined && key !== undefined && { cert, key },
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new EngineSettingsError(
      `Cannot use the certificates for the engine "${endpoint.address}": ${reason}`,
      {
        cause: error,
        recommendation: "ca.pem, cert.pem and key.pem must be PEM",
      },
    );
  }
}

/** An engine is asked a few things: no connection is worth keeping. */
const ONE_REQUEST = { poolMaxIdlePerHost: 0 };
