import type { HttpConnection } from "./http_connection.ts";

/**
 * How long an idle connection is kept, in milliseconds: less than the 60
 * seconds after which common load balancers drop one without a word.
 */
const MAX_IDLE_TIME = 45_000;

interface Idle {
  readonly connection: HttpConnection;
  readonly since: number;
}

/** Options for {@linkcode ConnectionPool}. */
export interface ConnectionPoolOptions {
  /** Opens one more connection. */
  readonly open: (signal: AbortSignal) => Promise<HttpConnection>;
  /** How many may be open at once. */
  readonly limit: number;
}

/** Keeps connections to one server, and bounds how many there are. */
export class ConnectionPool {
  readonly #open: ConnectionPoolOptions["open"];
  readonly #limit: number;
  readonly #waiting: (() => void)[] = [];
  readonly #busy = new Set<HttpConnection>();
  #idle: Idle[] = [];
  #taken = 0;
  readonly #closing = new AbortController();
  #retired = false;

  constructor(options: ConnectionPoolOptions) {
    this.#open = options.open;
    this.#limit = options.limit;
  }

  /**
   * Takes a connection: an idle one unless a fresh one is asked for. It must be
   * given back.
   *
   * @throws {ConnectionError} when none can be opened
   */
  async take(
    options: { readonly fresh: boolean; readonly signal: AbortSignal },
  ): Promise<HttpConnection> {
    const signal = AbortSignal.any([options.signal, this.#closing.signal]);
    await this.#turn(signal);
    try {
      const connection = (options.fresh ? undefined : this.#takeIdle()) ??
        await this.#open(signal);
      this.#busy.add(connection);
      return connection;
    } catch (reason) {
      this.#release();
      throw reason;
    }
  }

  /** Gives a connection back; one that cannot serve again is closed. */
  giveBack(connection: HttpConnection, reusable: boolean): void {
    if (!this.#busy.delete(connection)) return;
    if (reusable && connection.open && !this.#retired) {
      this.#idle.push({ connection, since: Date.now() });
    } else connection.destroy();
    this.#release();
  }

  /** Closes idle connections now, and each busy one when it is given back. */
  retire(): void {
    this.#retired = true;
    for (const { connection } of this.#idle) connection.destroy();
    this.#idle = [];
  }

  /** Closes all connections at once. */
  close(): void {
    this.retire();
    this.#closing.abort(new Error("The connections were closed"));
    for (const connection of this.#busy) connection.destroy();
  }

  #takeIdle(): HttpConnection | undefined {
    while (true) {
      // The one used last is the least likely to have been dropped.
      const last = this.#idle.pop();
      if (last === undefined) return undefined;
      const fresh = Date.now() - last.since < MAX_IDLE_TIME;
      if (fresh && last.connection.open) return last.connection;
      last.connection.destroy();
    }
  }

  async #turn(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#taken < this.#limit) {
      this.#taken += 1;
      return;
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onAbort = () => {
      this.#waiting.splice(this.#waiting.indexOf(resolve), 1);
      reject(signal.reason);
    };
    this.#waiting.push(resolve);
    signal.addEventListener("abort", onAbort);
    try {
      await promise;
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  /** A turn is handed on, so that the count stays right. */
  #release(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#taken -= 1;
    else next();
  }
}
