/** One failed try, told before the next one begins. */
export interface RetryEvent {
  /** Number of tries that failed in a row, from 1 on. */
  readonly attempt: number;
  /** Milliseconds until the next try. */
  readonly delay: number;
  /** Why the try failed. */
  readonly error: unknown;
}

/** How long and how patiently something is tried again. */
export interface RetryOptions {
  /**
   * Milliseconds of failures in a row after which it is given up.
   *
   * @default {180_000} an API server that is gone for a minute, and time left
   */
  readonly budget?: number;
  /**
   * Number of failures in a row after which it is given up.
   *
   * @default {Infinity}
   */
  readonly maxAttempts?: number;
  /**
   * Milliseconds before the second try; doubled after each failure.
   *
   * @default {250}
   */
  readonly baseDelay?: number;
  /**
   * Longest delay in milliseconds, where the other side names none.
   *
   * @default {8_000}
   */
  readonly maxDelay?: number;
  /** Ends the wait. */
  readonly signal?: AbortSignal;
  /**
   * Tells whether another try can differ.
   *
   * @default {isTransient}
   */
  readonly isTransient?: (error: unknown) => boolean;
  /** Called before each wait. */
  readonly onRetry?: (event: RetryEvent) => void;
  /**
   * Milliseconds of a clock that never goes back.
   *
   * @default {performance.now}
   */
  readonly now?: () => number;
  /**
   * Waits; rejects with the signal's reason when that comes first.
   *
   * @default {sleep}
   */
  readonly sleep?: (
    milliseconds: number,
    signal?: AbortSignal,
  ) => Promise<void>;
  /**
   * A number in [0, 1) that spreads the tries of many clients.
   *
   * @default {Math.random}
   */
  readonly random?: () => number;
}

const BUDGET = 180_000;
const BASE_DELAY = 250;
const MAX_DELAY = 8_000;

/**
 * Tells whether an error says of itself, in a field `transient`, that the same
 * request may work a little later. The field is all that counts, so that errors
 * of every transport are understood.
 */
export function isTransient(error: unknown): boolean {
  return error instanceof Error && "transient" in error &&
    error.transient === true;
}

/** Waits, until the signal comes. */
export function sleep(
  milliseconds: number,
  signal?: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const abort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, milliseconds);
    signal?.addEventListener("abort", abort, { once: true });
  });
}

/**
 * Decides after each failure whether and when the next try comes: exponential
 * delays with jitter, a `retryAfter` of the error honoured, a budget for
 * failures in a row.
 */
export class Backoff {
  readonly #options: RetryOptions;
  #attempt = 0;
  #failingSince = 0;

  /** Makes a backoff whose budget is whole. */
  constructor(options: RetryOptions = {}) {
    this.#options = options;
  }

  /** Tells that there was progress: the budget is whole again. */
  reset(): void {
    this.#attempt = 0;
  }

  /**
   * Waits before the next try.
   *
   * @param error why the last try failed
   * @throws {unknown} the error itself, when another try cannot differ or the
   *   budget is used up; the signal's reason, when that came
   */
  async wait(error: unknown): Promise<void> {
    const { signal, now = () => performance.now() } = this.#options;
    const transient = this.#options.isTransient ?? isTransient;
    signal?.throwIfAborted();
    if (!transient(error)) throw error;
    if (this.#attempt === 0) this.#failingSince = now();
    this.#attempt += 1;
    const delay = this.#delay(error);
    const failing = now() - this.#failingSince;
    const { maxAttempts = Infinity, budget = BUDGET } = this.#options;
    if (this.#attempt >= maxAttempts || failing + delay > budget) throw error;
    this.#options.onRetry?.({ attempt: this.#attempt, delay, error });
    await (this.#options.sleep ?? sleep)(delay, signal);
  }

  #delay(error: unknown): number {
    const { baseDelay = BASE_DELAY, maxDelay = MAX_DELAY } = this.#options;
    const random = (this.#options.random ?? Math.random)();
    const step = Math.min(maxDelay, baseDelay * 2 ** (this.#attempt - 1));
    return Math.max(step * (0.5 + random / 2), retryAfterOf(error));
  }
}

function retryAfterOf(error: unknown): number {
  if (!(error instanceof Error) || !("retryAfter" in error)) return 0;
  const { retryAfter } = error;
  return typeof retryAfter === "number" && retryAfter > 0 ? retryAfter : 0;
}
