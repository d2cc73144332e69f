import { isTransient, type RetryOptions, sleep } from "./backoff.ts";
import { ConnectionError, UNSENT_STAGES } from "./connection_error.ts";
import { REPEATABLE_METHODS, retry } from "./retry.ts";
import { ClientBody, clientStream } from "./reverse_proxy_body.ts";
import { ClientGoneError, ReverseProxyError } from "./reverse_proxy_error.ts";
import { guardCall } from "./reverse_proxy_guard.ts";
import { requestHeaders, responseHeaders } from "./reverse_proxy_headers.ts";
import type { Transport } from "./transport.ts";

/** A request that could not be forwarded, or not be finished. */
export interface FailedCall {
  /** The method. */
  readonly method: string;
  /** The path, without the query, which may hold secrets. */
  readonly path: string;
}

/** Options for {@linkcode startReverseProxy}. */
export interface ReverseProxyOptions {
  /** The address to listen on; an IP address or a name. */
  readonly hostname: string;
  /** The port to listen on; 0 takes a free one. */
  readonly port: number;
  /**
   * Names by which clients call the proxy, in lower case, beside `localhost` and
   * IP addresses; calls by other names are refused.
   */
  readonly hostnames?: readonly string[];
  /** Makes the answer to a request that got none. */
  readonly explain: (error: unknown, call: FailedCall) => Response;
  /** Called when an answer broke off in the middle. */
  readonly onBroken?: (error: unknown, call: FailedCall) => void;
  /** How patiently requests of which nothing has arrived are sent again. */
  readonly retry?: RetryOptions;
  /**
   * Milliseconds without a byte after which a client is given up.
   *
   * @default {600_000}
   */
  readonly clientTimeout?: number;
}

/** A proxy that listens. */
export interface ReverseProxy {
  /** The port that it listens on. */
  readonly port: number;
  /** Breaks off what runs, and stops. */
  close(): Promise<void>;
}

const CLIENT_TIMEOUT = 600_000;

/** Milliseconds for the last answers to leave the process. */
const FLUSH = 20;

/**
 * Listens for HTTP requests and sends them through a transport, which brings its
 * own credentials; those of the clients are dropped. Bodies are streamed both
 * ways, no faster than the slower side is.
 *
 * @throws {Deno.errors.AddrInUse} when the port is taken
 */
export function startReverseProxy(
  transport: Transport,
  options: ReverseProxyOptions,
): ReverseProxy {
  return new ListeningProxy(transport, options);
}

class ListeningProxy implements ReverseProxy {
  readonly #transport: Transport;
  readonly #options: ReverseProxyOptions;
  readonly #clientTimeout: number;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #kill = new AbortController();
  readonly #running = new Set<AbortController>();
  readonly #answering = new Set<Promise<unknown>>();
  #closing = false;

  constructor(transport: Transport, options: ReverseProxyOptions) {
    const { hostname, port, clientTimeout = CLIENT_TIMEOUT } = options;
    this.#transport = transport;
    this.#options = options;
    this.#clientTimeout = clientTimeout;
    this.#server = Deno.serve({
      hostname,
      port,
      signal: this.#kill.signal,
      onListen: () => {},
    }, (request) => this.#track(this.#answer(request)));
  }

  get port(): number {
    return this.#server.addr.port;
  }

  async close(): Promise<void> {
    this.#closing = true;
    for (const exchange of this.#running) exchange.abort(ending());
    await Promise.allSettled(this.#answering);
    await sleep(FLUSH);
    this.#kill.abort();
    await this.#server.finished;
  }

  async #track<T>(work: Promise<T>): Promise<T> {
    this.#answering.add(work);
    try {
      return await work;
    } finally {
      this.#answering.delete(work);
    }
  }

  async #answer(request: Request): Promise<Response> {
    const { method, headers } = request;
    const { path, search } = splitUrl(request.url);
    const call = { method, path };
    await using body = this.#bodyOf(request);
    const exchange = new AbortController();
    this.#running.add(exchange);
    try {
      if (this.#closing) throw ending();
      guardCall({ ...call, headers }, this.#options.hostnames ?? []);
      const target = `${this.#origin}${path}${search}`;
      const { signal } = exchange;
      const answer = await this.#forward(request, { target, body, signal });
      return this.#deliver(answer, { call, exchange });
    } catch (error) {
      this.#running.delete(exchange);
      return this.#explain(error, call);
    }
  }

  get #origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  #bodyOf({ headers, body }: Request): ClientBody | undefined {
    const length = headers.get("content-length");
    const isEmpty = length === "0" ||
      length === null && !headers.has("transfer-encoding");
    if (body === null || isEmpty) return undefined;
    return new ClientBody(body, {
      timeout: this.#clientTimeout,
      waits: headers.has("expect"),
    });
  }

  #forward(
    request: Request,
    { target, body, signal }: {
      readonly target: string;
      readonly body: ClientBody | undefined;
      readonly signal: AbortSignal;
    },
  ): Promise<Response> {
    const { method } = request;
    const headers = requestHeaders(request.headers);
    if (body === undefined) headers.delete("content-length");
    const isRepeatable = (error: unknown): boolean => {
      if (!isTransient(error) || body?.touched) return false;
      if (body === undefined && REPEATABLE_METHODS.has(method)) return true;
      return error instanceof ConnectionError && UNSENT_STAGES.has(error.stage);
    };
    const init = { method, headers, body: body?.stream ?? null, signal };
    return retry(
      () => this.#transport(new Request(target, init)),
      { ...this.#options.retry, signal, isTransient: isRepeatable },
    );
  }

  #deliver(
    { status, headers: received, body }: Response,
    { call, exchange }: {
      readonly call: FailedCall;
      readonly exchange: AbortController;
    },
  ): Response {
    const headers = responseHeaders(received);
    if (body === null) {
      this.#running.delete(exchange);
      return new Response(null, { status, headers });
    }
    const stream = clientStream(body, {
      isSized: headers.has("content-length"),
      timeout: this.#clientTimeout,
      onEnd: (failure) => {
        this.#running.delete(exchange);
        if (failure === undefined || failure instanceof ClientGoneError) return;
        if (!this.#closing) this.#options.onBroken?.(failure, call);
      },
    });
    return new Response(stream, { status, headers });
  }

  #explain(error: unknown, call: FailedCall): Response {
    // Nobody reads it.
    if (error instanceof ClientGoneError) {
      return new Response(null, { status: 400 });
    }
    const answer = this.#options.explain(error, call);
    const { status, headers } = answer;
    const body = call.method === "HEAD" ? null : answer.body;
    return new Response(body, { status, headers: responseHeaders(headers) });
  }
}

/**
 * Takes path and query out of a URL as they were sent: `new URL()` would resolve
 * `..` and `%2e%2e`.
 */
function splitUrl(url: string): { path: string; search: string } {
  const match = /^[a-z]+:\/\/[^/?#]*([^?#]*)(\?[^#]*)?/i.exec(url);
  return { path: match?.[1] ?? "", search: match?.[2] ?? "" };
}

function ending(): ReverseProxyError {
  return new ReverseProxyError(
    "Cannot finish the request: the proxy is about to end",
    503,
  );
}
