import { discard } from "../http/body.ts";
import type { Transport } from "../http/transport.ts";
import {
  expiredClientCertificate,
  unusableClientCertificate,
} from "./client_certificate_failure.ts";
import type { Connection, Credentials } from "./connection.ts";
import {
  plainHttpFailure,
  renewedCredentials,
  transferFailure,
} from "./connection_failure.ts";
import { ConnectionPool } from "./connection_pool.ts";
import { dial } from "./dial.ts";
import { ExchangeError, HttpConnection } from "./http_connection.ts";
import type { RequestHead } from "./http_head.ts";
import { assertOwnUrl, bodyLength, outgoingHead } from "./outgoing_request.ts";
import { peekStatus } from "./status_error.ts";
import { stallTimeoutOf } from "./stall_timer.ts";

/** Options for {@linkcode clusterTransport}. */
export interface ClusterTransportOptions {
  /**
   * Milliseconds without a byte in either direction after which a request is
   * given up.
   *
   * @default {60_000}
   */
  readonly stallTimeout?: number;
  /**
   * The `User-Agent` header.
   *
   * @default {"k8scr"}
   */
  readonly userAgent?: string;
  /**
   * How many connections may be open at once; a request beyond waits.
   *
   * @default {32}
   */
  readonly maxConnections?: number;
}

/** The way to an API server. */
export interface ClusterTransport {
  /** Sends requests whose URL is under the connection's server. */
  readonly transport: Transport;
  /** Closes all connections; requests under way fail. */
  close(): void;
}

const DEFAULT_STALL_TIMEOUT = 60_000;
const DEFAULT_MAX_CONNECTIONS = 32;

/**
 * Makes the transport to an API server: HTTP/1.1 over kept connections, as
 * several of them carry more than one with HTTP/2, with the connection's
 * credentials on every request.
 *
 * The transport throws {@linkcode ConnectionError} when no answer came, and
 * `TypeError` for a URL that is not under the connection's server. A 401 of the
 * API server itself renews the credentials once.
 */
export function clusterTransport(
  connection: Connection,
  options: ClusterTransportOptions = {},
): ClusterTransport {
  const client = new ClusterClient(connection, options);
  return {
    transport: (request) => client.send(request),
    close: () => client.close(),
  };
}

class ClusterClient {
  readonly #connection: Connection;
  readonly #stallTimeout: number;
  readonly #userAgent: string;
  readonly #maxConnections: number;
  #pool: ConnectionPool | undefined;
  #poolCertificate: string | undefined;
  #closed = false;

  constructor(connection: Connection, options: ClusterTransportOptions) {
    this.#connection = connection;
    this.#stallTimeout = options.stallTimeout ?? DEFAULT_STALL_TIMEOUT;
    this.#userAgent = options.userAgent ?? "k8scr";
    this.#maxConnections = options.maxConnections ?? DEFAULT_MAX_CONNECTIONS;
  }

  async send(request: Request): Promise<Response> {
    assertOwnUrl(this.#connection, request.url);
    const credentials = await this.#credentials();
    const response = await this.#sendAs(request, credentials);
    if (response.status === 400) return await this.#checkScheme(response);
    if (response.status !== 401) return response;
    const peeked = await peekStatus(response);
    if (peeked.status === undefined) return peeked.response;
    return await this.#renew(request, credentials, peeked.response);
  }

  close(): void {
    this.#closed = true;
    this.#pool?.close();
  }

  /** Credentials never travel in the clear, whatever the kubeconfig holds. */
  async #credentials(): Promise<Credentials> {
    if (this.#connection.server.protocol === "http:") return {};
    return await this.#connection.credentials.get();
  }

  /** A server without TLS in the kubeconfig may be one with TLS. */
  async #checkScheme(response: Response): Promise<Response> {
    if (this.#connection.server.protocol !== "http:") return response;
    const { text, response: whole } = await peekStatus(response);
    const { headers } = whole;
    const failure = plainHttpFailure(this.#connection, { headers, text });
    if (failure === undefined) return whole;
    await discard(whole);
    throw failure;
  }

  async #renew(
    request: Request,
    refused: Credentials,
    response: Response,
  ): Promise<Response> {
    const renewed = await this.#connection.credentials.refresh(refused);
    if (renewed) {
      await discard(response);
      if (request.body === null) {
        return await this.#sendAs(request, await this.#credentials());
      }
      // The body is gone: whoever has it may send it again.
      throw renewedCredentials(this.#connection);
    }
    const { certificate } = refused;
    const expired = certificate &&
      expiredClientCertificate(this.#connection, certificate, new Date());
    if (expired === undefined) return response;
    await discard(response);
    throw expired;
  }

  /**
   * Sends a request. The server may close an idle connection in the moment in
   * which it is used again; what has no body and changes nothing is then sent
   * once more, over a new one.
   */
  async #sendAs(
    request: Request,
    credentials: Credentials,
  ): Promise<Response> {
    const head = outgoingHead(this.#connection, request, {
      credentials,
      userAgent: this.#userAgent,
    });
    const pool = this.#poolFor(credentials);
    try {
      return await this.#attempt(request, { head, pool, fresh: false });
    } catch (reason) {
      if (!(reason instanceof ExchangeError)) throw reason;
      return await this.#attempt(request, { head, pool, fresh: true });
    }
  }

  /** @throws {ExchangeError} when the connection was stale, and only then */
  async #attempt(
    request: Request,
    { head, pool, fresh }: {
      readonly head: RequestHead;
      readonly pool: ConnectionPool;
      readonly fresh: boolean;
    },
  ): Promise<Response> {
    const { signal } = request;
    const length = bodyLength(request);
    const explain = (reason: ExchangeError) =>
      transferFailure(this.#connection, request, reason);
    const connection = await pool.take({ fresh, signal });
    const { used } = connection;
    try {
      return await connection.exchange({
        head,
        body: request.body,
        ...(length === undefined ? {} : { length }),
        signal,
        stallTimeout: stallTimeoutOf(request, this.#stallTimeout),
        onFree: (reusable) => pool.giveBack(connection, reusable),
        explain,
      });
    } catch (reason) {
      if (!(reason instanceof ExchangeError)) throw reason;
      const stale = used && !reason.answered && !reason.stalled;
      if (stale && ["GET", "HEAD"].includes(request.method)) throw reason;
      throw explain(reason);
    }
  }

  /** A connection belongs to the certificate that it was opened with. */
  #poolFor({ certificate }: Credentials): ConnectionPool {
    if (this.#closed) throw new TypeError("Cannot send: the way is closed");
    const identity = certificate && `${certificate.cert}${certificate.key}`;
    if (this.#pool !== undefined && identity === this.#poolCertificate) {
      return this.#pool;
    }
    const unusable = certificate &&
      unusableClientCertificate(this.#connection, certificate);
    if (unusable !== undefined) throw unusable;
    this.#pool?.retire();
    this.#poolCertificate = identity;
    this.#pool = new ConnectionPool({
      limit: this.#maxConnections,
      open: async (signal) =>
        new HttpConnection(
          await dial(this.#connection, {
            signal,
            ...(certificate === undefined ? {} : { certificate }),
          }),
        ),
    });
    return this.#pool;
  }
}
