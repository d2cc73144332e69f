import { Activity } from "./activity.ts";
import { ApiError } from "./api_error.ts";
import { asStorageError } from "./disk_budget.ts";
import { streamFile } from "./file_stream.ts";
import type { RegistryMetrics } from "./registry_metrics.ts";
import type { RegistryStore } from "./registry_store.ts";
import type { Call, Reply } from "./reply.ts";
import { parseRoute, type Route } from "./route.ts";
import { answerRoute } from "./route_answer.ts";
import type { RequestRecord } from "./server_record.ts";

/** What a handler needs beside the store. */
export interface RequestHandlerOptions {
  /** Counts the requests. */
  readonly metrics: RegistryMetrics;
  /** Most requests that may run at once. */
  readonly maxRequests: number;
  /** Called when the last byte of an answer is on its way. */
  readonly onRecord: (record: RequestRecord) => void;
}

/** Milliseconds for the rest of a body that nobody wants. */
const DRAIN_TIME = 2000;

/** Header fields of every answer. */
const COMMON_HEADERS: Readonly<Record<string, string>> = {
  // Deno compresses what it can; a blob must arrive as it is.
  "cache-control": "no-transform",
  // Distribution's clients look for it.
  "docker-distribution-api-version": "registry/2.0",
  "x-content-type-options": "nosniff",
};

/** A request while it is answered. */
interface Exchange {
  readonly call: Call;
  readonly path: string;
  readonly client: string;
  readonly started: number;
  readonly time: string;
  route: string;
  error?: unknown;
}

/** Turns HTTP requests into answers, and each into one record. */
export class RequestHandler {
  readonly #store: RegistryStore;
  readonly #options: RequestHandlerOptions;
  /** Requests until the last byte of their answer is sent. */
  readonly exchanges = new Activity();
  /** Requests until their answer is known: what may write to the store. */
  readonly answers = new Activity();
  /** Set when the server stops: it then takes no new requests. */
  draining = false;

  /** Answers from a store. */
  constructor(store: RegistryStore, options: RequestHandlerOptions) {
    this.#store = store;
    this.#options = options;
  }

  /** Answers a request; never fails. */
  handle(
    request: Request,
    { remoteAddr, completed }: Deno.ServeHandlerInfo<Deno.NetAddr>,
  ): Promise<Response> {
    const client = `${remoteAddr.hostname}:${remoteAddr.port}`;
    const answer = this.#answer(request, client);
    this.answers.track(answer);
    this.exchanges.track(completed);
    return answer;
  }

  async #answer(request: Request, client: string): Promise<Response> {
    const { path, search } = splitUrl(request.url);
    const exchange: Exchange = {
      call: {
        method: request.method,
        headers: request.headers,
        query: new URLSearchParams(search),
        body: request.body,
        traffic: { received: 0 },
      },
      path: search === "" ? path : `${path}?${search}`,
      client,
      started: performance.now(),
      time: new Date().toISOString(),
      route: "none",
    };
    const reply = await this.#reply(exchange, path);
    if (exchange.error !== undefined) await drain(request);
    return this.#respond(exchange, reply);
  }

  async #reply(exchange: Exchange, path: string): Promise<Reply> {
    try {
      const route = parseRoute(path);
      exchange.route = route?.kind ?? "none";
      if (!isService(route)) this.#checkLoad();
      const { metrics } = this.#options;
      const surroundings = { metrics, draining: this.draining };
      return await answerRoute(this.#store, exchange.call, {
        route,
        ...surroundings,
      });
    } catch (error) {
      exchange.error = error;
      return errorReply(asApiError(error), exchange.call.method);
    }
  }

  #checkLoad(): void {
    if (this.draining) throw unavailable("it is about to stop");
    // The request itself is not counted yet.
    if (this.exchanges.running >= this.#options.maxRequests) {
      throw unavailable("too many requests are running");
    }
  }

  #respond(exchange: Exchange, reply: Reply): Response {
    const { status, body } = reply;
    const init = { status, headers: { ...COMMON_HEADERS, ...reply.headers } };
    if (exchange.call.method === "HEAD" || body === undefined) {
      this.#finish(exchange, status, 0);
      return new Response(null, init);
    }
    if (body instanceof Uint8Array) {
      this.#finish(exchange, status, body.length);
      return new Response(new Uint8Array(body), init);
    }
    const { load, idleTimeout } = this.#store;
    const stream = streamFile(body, {
      load,
      idleTimeout,
      onEnd: (bytes, failure) => {
        exchange.error = failure;
        this.#finish(exchange, status, bytes);
      },
    });
    return new Response(stream, init);
  }

  #finish(exchange: Exchange, status: number, bytesSent: number): void {
    const { call, error, time, path, route, client, started } = exchange;
    const record: RequestRecord = {
      kind: "request",
      time,
      method: call.method,
      path,
      route,
      status,
      ...error instanceof ApiError && { code: error.code },
      ...isWorthSaying(error) && { error: describe(error) },
      seconds: (performance.now() - started) / 1000,
      bytesReceived: call.traffic.received,
      bytesSent,
      client,
      userAgent: call.headers.get("user-agent") ?? "",
    };
    this.#options.metrics.observe(record);
    this.#options.onRecord(record);
  }
}

/**
 * Takes path and query out of a URL as they were sent: `new URL()` would
 * resolve `..` and `%2e%2e`.
 */
function splitUrl(url: string): { path: string; search: string } {
  const match = /^[a-z]+:\/\/[^/?#]*([^?#]*)(?:\?([^#]*))?/i.exec(url);
  return { path: match?.[1] ?? "", search: match?.[2] ?? "" };
}

/**
 * Reads what is left of a body: the runtime takes no more of it once there is
 * an answer, and a client that still sends would see a broken connection in
 * its place.
 */
async function drain({ body, headers }: Request): Promise<void> {
  // Such a client waits for leave to send, and gets the answer instead.
  if (body === null || body.locked || headers.has("expect")) return;
  try {
    const signal = AbortSignal.timeout(DRAIN_TIME);
    await body.pipeTo(new WritableStream(), { signal });
  } catch {
    // The client is gone, or sends for too long: it hears no more of it.
  }
}

/** Health checks and metrics are answered in any state. */
function isService(route: Route | undefined): boolean {
  return route?.kind === "healthz" || route?.kind === "readyz" ||
    route?.kind === "metrics";
}

function unavailable(reason: string): ApiError {
  return new ApiError(
    503,
    "UNAVAILABLE",
    `Cannot answer now: ${reason}`,
    { headers: { "retry-after": "1" } },
  );
}

function asApiError(error: unknown): ApiError {
  const known = asStorageError(error);
  if (known instanceof ApiError) return known;
  return new ApiError(
    500,
    "UNKNOWN",
    "Cannot answer the request: the registry failed, its log says why",
    { cause: error },
  );
}

function errorReply(error: ApiError, method: string): Reply {
  const body = new TextEncoder().encode(error.toJson());
  return {
    status: error.status,
    headers: {
      ...error.headers,
      "content-type": "application/json",
      // To HEAD no length is said: clients would take it for the content's.
      ...method !== "HEAD" && { "content-length": String(body.length) },
    },
    body,
  };
}

/** What is not there is a common answer, which path and code say whole. */
function isWorthSaying(error: unknown): boolean {
  if (error === undefined) return false;
  return !(error instanceof ApiError) || error.status !== 404;
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? "" : `: ${describe(error.cause)}`;
  return error.message + cause;
}
