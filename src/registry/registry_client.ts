import type { RetryOptions } from "../http/backoff.ts";
import { retry } from "../http/retry.ts";
import type { Transport } from "../http/transport.ts";
import { readErrorAnswer } from "./error_answer.ts";

/**
 * The origin of the requests to a registry whose address the transport alone
 * knows: only path and query of the URL count.
 */
export const REGISTRY_ORIGIN = "http://registry";

/** Options for {@linkcode RegistryClient}. */
export interface RegistryClientOptions {
  /**
   * Scheme, host and port of the requests, without a trailing slash.
   *
   * @default {REGISTRY_ORIGIN}
   */
  readonly origin?: string;
  /** How patiently requests are tried again. */
  readonly retry?: RetryOptions;
}

/** One request to a registry. */
export interface RegistryRequest {
  /** The method. */
  readonly method: "GET" | "HEAD" | "POST" | "PATCH" | "PUT" | "DELETE";
  /**
   * Path and query, from the slash on, exactly as they are sent; or a URL, where
   * the registry names another host.
   */
  readonly path: string;
  /** What is tried, as it stands after "Cannot" in messages. */
  readonly action: string;
  /** The statuses that are no error. */
  readonly expected: readonly number[];
  /** Headers beside those of the body. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The body, where there is one. */
  readonly body?: RequestBody;
  /** Ends the request. */
  readonly signal?: AbortSignal;
}

/** The body of a request to a registry. */
export interface RequestBody {
  /** Makes the stream of the bytes. */
  readonly stream: () => ReadableStream<Uint8Array>;
  /** Number of bytes, where it is known. */
  readonly size?: number;
  /** Media type of the bytes. */
  readonly mediaType: string;
}

/** Sends requests to one registry and takes its errors apart. */
export class RegistryClient {
  /** How patiently requests are tried again. */
  readonly retryOptions: RetryOptions;
  /** The origin that was given; none where the transport knows the address. */
  readonly origin: string | undefined;
  readonly #transport: Transport;

  /** Makes a client; nothing is sent yet. */
  constructor(transport: Transport, options: RegistryClientOptions = {}) {
    this.#transport = transport;
    this.origin = options.origin;
    this.retryOptions = options.retry ?? {};
  }

  /** Returns the same client with another patience. */
  withPatience(retry: RetryOptions): RegistryClient {
    return new RegistryClient(this.#transport, {
      ...this.origin !== undefined && { origin: this.origin },
      retry: { ...this.retryOptions, ...retry },
    });
  }

  /**
   * Sends a request once. The caller reads or discards the answer's body.
   *
   * @throws {RegistryError} when the status is not an expected one
   */
  async send(request: RegistryRequest): Promise<Response> {
    const response = await this.#transport(this.#toRequest(request));
    if (request.expected.includes(response.status)) return response;
    throw await readErrorAnswer(response, {
      method: request.method,
      path: pathOf(request.path),
      action: request.action,
    });
  }

  /**
   * Sends a request and repeats it after transient failures; only for requests
   * whose repetition does no harm.
   *
   * @throws {RegistryError} when the status is not an expected one
   */
  sendSafely(request: RegistryRequest): Promise<Response> {
    return this.retry(() => this.send(request), request.signal);
  }

  /** Returns the URL that a request for a path has. */
  urlOf(path: string): string {
    const { origin = REGISTRY_ORIGIN } = this;
    return path.startsWith("/") ? `${origin}${path}` : path;
  }

  /** Repeats an operation after transient failures. */
  retry<T>(operation: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    return retry(operation, this.#retryOptions(signal));
  }

  #retryOptions(signal?: AbortSignal): RetryOptions {
    return { ...this.retryOptions, ...signal && { signal } };
  }

  #toRequest(request: RegistryRequest): Request {
    const { method, body, signal } = request;
    const headers = new Headers(request.headers);
    // What is encoded on the way has another digest.
    headers.set("accept-encoding", "identity");
    if (body !== undefined) {
      headers.set("content-type", body.mediaType);
      if (body.size !== undefined) {
        headers.set("content-length", String(body.size));
      }
    } else if (method === "POST" || method === "PUT" || method === "PATCH") {
      headers.set("content-length", "0");
    }
    return new Request(this.urlOf(request.path), {
      method,
      headers,
      redirect: "manual",
      ...body && body.size !== 0 && { body: body.stream() },
      ...signal && { signal },
    });
  }
}

function pathOf(target: string): string {
  const query = target.indexOf("?");
  return query === -1 ? target : target.slice(0, query);
}
