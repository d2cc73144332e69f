import { discard } from "../http/body.ts";
import { type PaceChange, PolitePace } from "../http/polite_pace.ts";
import { RateLimit, withRateLimit } from "../http/rate_limit.ts";
import type { Transport } from "../http/transport.ts";
import type { ClusterLink } from "./cluster_link.ts";
import type { Io } from "./io.ts";
import type { ProgressDisplay } from "./progress_display.ts";
import { formatSize } from "./quantity.ts";

/** How fast bytes may go. */
export interface PaceSettings {
  /** Most bytes in a second; absent for any number. */
  readonly limitRate?: number;
  /** Whether the push slows down when the API server does. */
  readonly polite?: boolean;
}

/** Options for {@linkcode Pace}. */
export interface PaceOptions {
  /** The way to the API server. */
  readonly cluster: Pick<ClusterLink, "server" | "transport">;
  /** Time and the end of it all. */
  readonly io: Pick<Io, "clock" | "signal">;
  /** Where the user is told why it goes slowly. */
  readonly display: Pick<ProgressDisplay, "note" | "warn">;
}

/** Milliseconds between two looks at the API server. */
const INTERVAL = 2_000;

/** Milliseconds after which the API server has not answered. */
const PROBE_TIMEOUT = 10_000;

/** The pace of a command's transfers; closed by `using`. */
export class Pace implements Disposable {
  readonly #settings: PaceSettings;
  readonly #options: PaceOptions;
  readonly #limit: RateLimit;
  #stop = () => {};

  /** Makes a pace that nothing has moved at yet. */
  constructor(settings: PaceSettings, options: PaceOptions) {
    this.#settings = settings;
    this.#options = options;
    this.#limit = new RateLimit(settings.limitRate ?? Infinity);
  }

  /** Holds a transport to the pace, where there is one. */
  apply(transport: Transport): Transport {
    const { limitRate, polite } = this.#settings;
    if (limitRate === undefined && !polite) return transport;
    return withRateLimit(this.#limit)(transport);
  }

  /** Begins to watch the API server, where that is wanted. */
  async start(): Promise<void> {
    if (!this.#settings.polite) return;
    const { display, io } = this.#options;
    try {
      const pace = await PolitePace.measure({
        probe: () => this.#probe(),
        limit: this.#limit,
        now: () => io.clock.now(),
        onChange: (change) => this.#tell(change),
      });
      this.#stop();
      this.#stop = io.clock.every(INTERVAL, () => void pace.check());
    } catch (error) {
      io.signal.throwIfAborted();
      display.warn(
        `Cannot be polite: ${error instanceof Error ? error.message : error}`,
      );
    }
  }

  /** Watches no longer. */
  [Symbol.dispose](): void {
    this.#stop();
  }

  /** @see https://kubernetes.io/docs/reference/using-api/health-checks/ */
  async #probe(): Promise<void> {
    const { cluster, io } = this.#options;
    const base = cluster.server.href.replace(/\/$/, "");
    const late = AbortSignal.timeout(PROBE_TIMEOUT);
    const signal = AbortSignal.any([io.signal, late]);
    const request = new Request(`${base}/readyz`, { signal });
    const response = await cluster.transport(request);
    await discard(response);
    if (response.status === 200) return;
    throw new Error(
      `The API server does not say that it is ready: /readyz answers ${response.status}`,
    );
  }

  #tell({ rate, latency, usual }: PaceChange): void {
    const { display } = this.#options;
    if (rate === (this.#settings.limitRate ?? Infinity)) {
      return display.note("The API server is quick again");
    }
    const took = latency === Infinity
      ? "does not answer"
      : `takes ${Math.round(latency)} ms, usually ${Math.round(usual)} ms`;
    display.note(
      `The API server ${took}: at most ${formatSize(rate)} in a second now`,
    );
  }
}
