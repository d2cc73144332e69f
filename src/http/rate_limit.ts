import { sleep } from "./backoff.ts";
import type { Transport, TransportWrapper } from "./transport.ts";

/** Options for {@linkcode RateLimit}. */
export interface RateLimitOptions {
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
}

/** Milliseconds of silence that may be made up for: timers come late. */
const CATCH_UP = 100;

/** A shorter wait is none that a timer could keep. */
const SHORTEST_WAIT = 1;

/** Pieces that pass in a second, so that the bytes flow and do not gush. */
const PIECES_PER_SECOND = 20;

/** Beyond this, smaller pieces only take time. */
const LARGEST_PIECE = 64 * 1024;

/** The rate of all streams together. */
export class RateLimit {
  /** Bytes in a second; `Infinity` for any number. It may change at any time. */
  rate: number;
  readonly #now: () => number;
  readonly #sleep: NonNullable<RateLimitOptions["sleep"]>;
  /** When the next byte may pass. */
  #next = -Infinity;
  #passed = 0;

  /**
   * Makes a limit.
   *
   * @throws {RangeError} when the rate is not more than 0
   */
  constructor(rate: number, options: RateLimitOptions = {}) {
    if (!(rate > 0)) {
      throw new RangeError(
        `Cannot limit the rate to ${rate} bytes in a second: it must be more than 0`,
      );
    }
    this.rate = rate;
    this.#now = options.now ?? (() => performance.now());
    this.#sleep = options.sleep ?? sleep;
  }

  /** Bytes that have passed so far. */
  get passed(): number {
    return this.#passed;
  }

  /** Bytes that should pass at once. */
  get pieceSize(): number {
    const size = Math.ceil(this.rate / PIECES_PER_SECOND);
    return Math.min(size, LARGEST_PIECE);
  }

  /**
   * Waits until so many bytes may pass; whoever asks first goes first.
   *
   * @throws {unknown} the signal's reason
   */
  async pass(bytes: number, signal?: AbortSignal): Promise<void> {
    const now = this.#now();
    const start = Math.max(this.#next, now - CATCH_UP);
    this.#next = start + bytes / this.rate * 1000;
    if (start - now >= SHORTEST_WAIT) await this.#sleep(start - now, signal);
    this.#passed += bytes;
  }
}

/**
 * Holds the bodies of requests and answers to a rate, all of them together.
 * Heads are not counted.
 */
export function withRateLimit(limit: RateLimit): TransportWrapper {
  return (next: Transport): Transport => async (request) => {
    const { url, method, headers, body, signal } = request;
    const response = await next(
      body === null ? request : new Request(url, {
        method,
        headers,
        signal,
        redirect: "manual",
        body: limited(body, { limit, signal }),
      }),
    );
    if (response.body === null) return response;
    const { status, statusText } = response;
    return new Response(limited(response.body, { limit, signal }), {
      status,
      statusText,
      headers: response.headers,
    });
  };
}

function limited(
  body: ReadableStream<Uint8Array>,
  { limit, signal }: {
    readonly limit: RateLimit;
    readonly signal: AbortSignal;
  },
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  let waiting: Uint8Array = new Uint8Array();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      while (waiting.length === 0) {
        const { done, value } = await reader.read();
        if (done) return controller.close();
        waiting = value;
      }
      const piece = waiting.subarray(0, limit.pieceSize);
      waiting = waiting.subarray(piece.length);
      try {
        await limit.pass(piece.length, signal);
      } catch (error) {
        await reader.cancel(error);
        throw error;
      }
      controller.enqueue(piece);
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
}
