import { Backoff, type RetryOptions } from "./backoff.ts";
import { discard } from "./body.ts";
import { parseRetryAfter } from "./retry_after.ts";
import type { Transport, TransportWrapper } from "./transport.ts";

/** Statuses after which the same request may work a little later. */
const TRANSIENT_STATUSES: ReadonlySet<number> = new Set([
  408,
  429,
  499,
  500,
  502,
  503,
  504,
  522,
]);

/** Requests whose repetition leaves the server as one request does. */
export const REPEATABLE_METHODS: ReadonlySet<string> = new Set([
  "GET",
  "HEAD",
  "DELETE",
  // A second upload session does no harm, an abandoned one is purged.
  "POST",
]);

/** Tells whether the same request may get another status a little later. */
export function isTransientStatus(status: number): boolean {
  return TRANSIENT_STATUSES.has(status);
}

/**
 * Runs an operation until it ends well, another try cannot differ, or the
 * budget is used up.
 *
 * @throws {unknown} the last error of the operation, or the signal's reason
 *
 * @example Usage
 * ```ts
 * import { retry } from "@k8scr/k8scr";
 *
 * const answer = await retry((attempt) => Promise.resolve(attempt));
 * if (answer !== 1) throw new Error("unreachable");
 * ```
 */
export async function retry<T>(
  operation: (attempt: number) => Promise<T>,
  options: RetryOptions = {},
): Promise<T> {
  const backoff = new Backoff(options);
  for (let attempt = 1;; attempt++) {
    try {
      return await operation(attempt);
    } catch (error) {
      await backoff.wait(error);
    }
  }
}

/**
 * Repeats requests that are safe to repeat and have no body: GET, HEAD, DELETE,
 * and a POST that starts an upload. A request with a body goes out once. When
 * the budget is used up, the last answer is returned as it is.
 *
 * For clients that do not retry by themselves; the registry client does.
 */
export function withRetry(options: RetryOptions = {}): TransportWrapper {
  return (next: Transport): Transport => (request) =>
    isRepeatable(request)
      ? sendRepeatedly(next, request, options)
      : next(request);
}

function isRepeatable(request: Request): boolean {
  return request.body === null && REPEATABLE_METHODS.has(request.method);
}

/** Carries an answer through the backoff, as if it were an error. */
class TransientAnswer extends Error {
  readonly transient = true;
  readonly response: Response;
  readonly retryAfter: number;

  constructor(response: Response) {
    super(`The answer is ${response.status}`);
    this.response = response;
    this.retryAfter = parseRetryAfter(response.headers) ?? 0;
  }
}

async function sendRepeatedly(
  next: Transport,
  request: Request,
  options: RetryOptions,
): Promise<Response> {
  const backoff = new Backoff({ signal: request.signal, ...options });
  for (;;) {
    const outcome = await settle(next, request);
    if (outcome instanceof Response) return outcome;
    try {
      await backoff.wait(outcome);
    } catch (error) {
      if (error instanceof TransientAnswer) return error.response;
      throw error;
    }
    if (outcome instanceof TransientAnswer) await discard(outcome.response);
  }
}

async function settle(next: Transport, request: Request): Promise<unknown> {
  try {
    const response = await next(request.clone());
    return isTransientStatus(response.status)
      ? new TransientAnswer(response)
      : response;
  } catch (error) {
    return error;
  }
}
