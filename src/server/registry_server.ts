import { setTimeout as delay } from "node:timers/promises";
import { collectGarbage, type GcReport } from "./garbage_collection.ts";
import { listenFailure } from "./listen_failure.ts";
import { RegistryMetrics } from "./registry_metrics.ts";
import { RegistryStore, type RegistryStoreOptions } from "./registry_store.ts";
import { RequestHandler } from "./request_handler.ts";
import type { ServerRecord } from "./server_record.ts";

/** Options for {@linkcode startRegistryServer}. */
export interface RegistryServerOptions extends RegistryStoreOptions {
  /** The directory that holds the store; it is made where there is none. */
  readonly dataDir: string;
  /** The address to listen on. Default 127.0.0.1. */
  readonly hostname?: string;
  /** The port to listen on; 0 takes a free one. Default 0. */
  readonly port?: number;
  /** Certificate chain and private key, PEM; without them plain HTTP. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Stops the server as {@linkcode RegistryServer.shutdown} does. */
  readonly signal?: AbortSignal;
  /** Called for every request that was answered, and all else of note. */
  readonly log?: (record: ServerRecord) => void;
  /** Most requests that may run at once. Default 1024. */
  readonly maxRequests?: number;
  /** Milliseconds between garbage collections; 0 for none. Default 0. */
  readonly gcInterval?: number;
  /** Milliseconds that unneeded content stays. Default 24 hours. */
  readonly gcGrace?: number;
  /** Milliseconds that requests may take to end at a shutdown. Default 10,000. */
  readonly shutdownTimeout?: number;
}

/** A registry that serves. */
export interface RegistryServer {
  /** Where it serves, without a slash at the end: `http://127.0.0.1:5000`. */
  readonly url: string;
  /** The port that it listens on. */
  readonly port: number;
  /** Resolves when the server has stopped. */
  readonly finished: Promise<void>;
  /** Stops: requests that run may end, uploads can go on after a restart. */
  shutdown(): Promise<void>;
  /**
   * Removes what nothing needs; see `gcGrace`.
   *
   * @throws {Error} when the registry is read-only
   */
  collectGarbage(): Promise<GcReport>;
}

/** Milliseconds for the answers to uploads that a shutdown interrupts. */
const LAST_WORDS = 1000;
/**
 * Milliseconds for the last bytes of an answer to leave the process: Deno says
 * that an answer is complete a moment before.
 */
const FLUSH = 20;
/** Milliseconds for connections to close before new ones are taken. */
const ACCEPT_PAUSE = 100;
const DAY = 24 * 60 * 60 * 1000;

/**
 * Starts a registry that implements the OCI distribution spec on a file
 * system.
 *
 * @throws {StoreLockedError} when another process owns the store
 * @throws {Error} when the store cannot be used, or the address not be had
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md
 */
export async function startRegistryServer(
  options: RegistryServerOptions,
): Promise<RegistryServer> {
  const store = await RegistryStore.open(options.dataDir, options);
  try {
    return new FileRegistryServer(store, options);
  } catch (error) {
    store.close();
    throw error;
  }
}

class FileRegistryServer implements RegistryServer {
  readonly url: string;
  readonly port: number;
  readonly finished: Promise<void>;
  readonly #store: RegistryStore;
  readonly #options: RegistryServerOptions;
  readonly #metrics: RegistryMetrics;
  readonly #handler: RequestHandler;
  #server: Deno.HttpServer<Deno.NetAddr>;
  #kill = new AbortController();
  readonly #timer: ReturnType<typeof setInterval> | undefined;
  #collecting: Promise<GcReport> | undefined;
  #stopping: Promise<void> | undefined;

  constructor(store: RegistryStore, options: RegistryServerOptions) {
    const { gcInterval = 0, maxRequests = 1024, port = 0, signal } = options;
    this.#store = store;
    this.#options = options;
    this.#metrics = new RegistryMetrics(store);
    this.#handler = new RequestHandler(store, {
      metrics: this.#metrics,
      maxRequests,
      onRecord: (record) => options.log?.(record),
    });
    this.#server = this.#serve(port);
    const { addr } = this.#server;
    const address = formatAddress(addr.hostname, addr.port);
    this.url = `${options.tls ? "https" : "http"}://${address}`;
    this.port = addr.port;
    if (gcInterval > 0 && !store.readOnly) {
      this.#timer = setInterval(() => this.#collectInTime(), gcInterval);
    }
    const stop = (): void => void this.shutdown();
    signal?.addEventListener("abort", stop, { once: true });
    this.finished = this.#run().finally(async () => {
      signal?.removeEventListener("abort", stop);
      await this.shutdown();
    });
    if (signal?.aborted) stop();
  }

  async shutdown(): Promise<void> {
    this.#stopping ??= this.#stop();
    await this.#stopping;
  }

  async collectGarbage(): Promise<GcReport> {
    if (this.#store.readOnly) {
      throw new Error("Cannot collect garbage: the registry is read-only");
    }
    this.#collecting ??= this.#collect()
      .finally(() => this.#collecting = undefined);
    return await this.#collecting;
  }

  /**
   * Serves until the server is stopped. Deno gives a server up for good when
   * it has no file descriptor for one more connection, which every client can
   * bring about; closing all connections makes room, and uploads go on.
   */
  async #run(): Promise<void> {
    for (;;) {
      try {
        return await this.#server.finished;
      } catch (error) {
        if (this.#stopping !== undefined) return;
        this.#tell("Cannot take a connection, so all are closed", error);
      }
      this.#kill.abort();
      await delay(ACCEPT_PAUSE);
      if (this.#stopping !== undefined) return;
      this.#kill = new AbortController();
      this.#server = this.#serve(this.port);
    }
  }

  #serve(port: number): Deno.HttpServer<Deno.NetAddr> {
    const { hostname = "127.0.0.1", tls } = this.#options;
    const { signal } = this.#kill;
    try {
      return Deno.serve(
        { hostname, port, signal, onListen: () => {}, ...tls },
        (request, info) => this.#handler.handle(request, info),
      );
    } catch (error) {
      throw listenFailure(error, formatAddress(hostname, port));
    }
  }

  /**
   * Deno's own graceful shutdown waits for clients that are silent in the
   * middle of a request, without end. So what runs is waited for here, and
   * then all connections are closed.
   */
  async #stop(): Promise<void> {
    const { shutdownTimeout = 10_000 } = this.#options;
    const { answers, exchanges } = this.#handler;
    this.#handler.draining = true;
    clearInterval(this.#timer);
    if (!await exchanges.idle(shutdownTimeout)) {
      await this.#store.uploads.interrupt();
      await answers.idle(LAST_WORDS);
    }
    await delay(FLUSH);
    this.#kill.abort();
    await Promise.allSettled([this.#server.finished]);
    // What still writes must end before another process may have the store.
    await Promise.allSettled([this.#collecting]);
    await answers.idle(this.#store.idleTimeout);
    this.#store.close();
  }

  async #collect(): Promise<GcReport> {
    const { gcGrace = DAY, log } = this.#options;
    const report = await collectGarbage(this.#store, { grace: gcGrace });
    this.#metrics.observeCollection(report.bytes);
    const time = new Date().toISOString();
    log?.({ kind: "collection", time, report });
    return report;
  }

  async #collectInTime(): Promise<void> {
    try {
      await this.collectGarbage();
    } catch (error) {
      this.#tell("Cannot collect garbage", error);
    }
  }

  #tell(failure: string, cause: unknown): void {
    const time = new Date().toISOString();
    const reason = cause instanceof Error ? cause.message : String(cause);
    const error = `${failure}: ${reason}`;
    this.#options.log?.({ kind: "failure", time, error });
  }
}

function formatAddress(hostname: string, port: number): string {
  return `${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
}
