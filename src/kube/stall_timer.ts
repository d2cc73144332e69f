/**
 * How many times longer an answer to a PUT without a body may take: whoever
 * closes an upload of many gigabytes reads all of it again, and moves no byte.
 */
const CLOSING_PATIENCE = 10;

/**
 * Returns after how many milliseconds without a byte a request has failed.
 *
 * @param timeout that of requests which move bytes
 */
export function stallTimeoutOf(
  { method, body }: Pick<Request, "method" | "body">,
  timeout: number,
): number {
  return method === "PUT" && body === null
    ? CLOSING_PATIENCE * timeout
    : timeout;
}

/**
 * Calls back when nothing happened for a while. Runs only between
 * {@linkcode StallTimer.start} and {@linkcode StallTimer.stop}, so that waiting
 * for a slow disk or a slow reader does not count.
 */
export class StallTimer {
  readonly #timeout: number;
  readonly #onStall: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * Makes a timer that does not run yet.
   *
   * @param timeout milliseconds without a byte
   * @param onStall called at most once for each start
   */
  constructor(timeout: number, onStall: () => void) {
    this.#timeout = timeout;
    this.#onStall = onStall;
  }

  /** Starts to wait, from now on. */
  start(): void {
    this.stop();
    this.#timer = setTimeout(this.#onStall, this.#timeout);
  }

  /** Stops to wait. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
