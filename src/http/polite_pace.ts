import type { RateLimit } from "./rate_limit.ts";

/** Options for {@linkcode PolitePace}. */
export interface PolitePaceOptions {
  /** Asks the server for something small; fails when it does not give it. */
  readonly probe: () => Promise<void>;
  /** What is slowed down. */
  readonly limit: RateLimit;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
  /** Told when the rate changes; `Infinity` means that nothing is held back. */
  readonly onChange?: (change: PaceChange) => void;
}

/** A change of the pace. */
export interface PaceChange {
  /** Bytes in a second from now on. */
  readonly rate: number;
  /** Milliseconds that the server took to answer lately. */
  readonly latency: number;
  /** Milliseconds that it took at the start. */
  readonly usual: number;
}

/** Probes before the first byte. */
const FIRST_PROBES = 5;

/** The last probes count, for one may be late for any reason. */
const WINDOW = 3;

/** A server that answers more quickly is not slow at three times that. */
const LEAST_USUAL = 10;

/** Slower than this many times the usual: half the rate. */
const SLOW = 3;

/** Quicker than this many times the usual: more again. */
const QUICK = 2;

/** Bytes in a second that a server in trouble gets all the same. */
const LEAST_RATE = 256 * 1024;

/** How much more is tried after a quick answer. */
const GROWTH = 1.5;

/**
 * Keeps the pace of a transfer such that others are served: it watches how long
 * the server takes for a small answer, halves the rate when that is three times
 * as long as at the start, and gives it back as it becomes quicker.
 */
export class PolitePace {
  readonly #options: PolitePaceOptions;
  /** The rate that the user allows. */
  readonly #ceiling: number;
  readonly #usual: number;
  readonly #latencies: number[] = [];
  /** The largest rate at which the server was slow. */
  #tooMuch = 0;
  #seen: { readonly time: number; readonly passed: number };
  /** When the look began that still waits for its answer. */
  #asked: number | undefined;

  private constructor(options: PolitePaceOptions, usual: number) {
    this.#options = options;
    this.#ceiling = options.limit.rate;
    this.#usual = Math.max(usual, LEAST_USUAL);
    this.#seen = { time: options.now(), passed: options.limit.passed };
  }

  /**
   * Finds out how long the server usually takes.
   *
   * @throws {unknown} the error of the probe
   */
  static async measure(options: PolitePaceOptions): Promise<PolitePace> {
    const latencies: number[] = [];
    while (latencies.length < FIRST_PROBES) {
      const start = options.now();
      await options.probe();
      latencies.push(options.now() - start);
    }
    return new PolitePace(options, median(latencies));
  }

  /**
   * Looks once and changes the rate; to be called every few seconds. It never
   * fails: a server that does not answer is slow.
   */
  async check(): Promise<void> {
    const { probe, now } = this.#options;
    if (this.#asked !== undefined) return this.#wait(now() - this.#asked);
    this.#asked = now();
    const answered = await probe().then(() => true, () => false);
    const latency = answered ? now() - this.#asked : Infinity;
    this.#asked = undefined;
    this.#note(latency);
  }

  /** Whoever waits too long already need not wait for the end of it. */
  #wait(milliseconds: number): void {
    if (milliseconds >= SLOW * this.#usual) this.#note(milliseconds);
  }

  #note(latency: number): void {
    this.#latencies.push(latency);
    if (this.#latencies.length > WINDOW) this.#latencies.shift();
    this.#adjust();
  }

  #adjust(): void {
    const { limit } = this.#options;
    const measured = this.#measureRate();
    const latency = median(this.#latencies);
    if (latency >= SLOW * this.#usual) {
      const present = Math.min(limit.rate, measured);
      this.#tooMuch = Math.max(this.#tooMuch, present);
      this.#change(Math.max(LEAST_RATE, present / 2), latency);
    } else if (latency < QUICK * this.#usual && limit.rate < this.#ceiling) {
      const more = limit.rate * GROWTH;
      const enough = more >= 2 * this.#tooMuch;
      if (enough) this.#tooMuch = 0;
      this.#change(enough ? Infinity : more, latency);
    }
  }

  #change(wanted: number, latency: number): void {
    const { limit, onChange } = this.#options;
    const rate = Math.min(wanted, this.#ceiling);
    if (rate === limit.rate) return;
    limit.rate = rate;
    onChange?.({ rate, latency, usual: this.#usual });
  }

  /** Bytes in a second since the last look. */
  #measureRate(): number {
    const { limit, now } = this.#options;
    const { time, passed } = this.#seen;
    this.#seen = { time: now(), passed: limit.passed };
    const seconds = (this.#seen.time - time) / 1000;
    return seconds > 0 ? (limit.passed - passed) / seconds : 0;
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
