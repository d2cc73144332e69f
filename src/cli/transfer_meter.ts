/** How far back the rate looks, in milliseconds: long enough to be calm. */
const WINDOW = 5000;

interface Sample {
  readonly time: number;
  readonly bytes: number;
}

/** Tells how fast something moves and when it will be there. */
export class TransferMeter {
  /** When it began, on the clock that {@linkcode update} uses. */
  readonly startedAt: number;
  /** Bytes to expect, where that is known. */
  readonly size: number | undefined;
  #samples: Sample[];

  constructor(startedAt: number, size?: number) {
    this.startedAt = startedAt;
    this.size = size;
    this.#samples = [{ time: startedAt, bytes: 0 }];
  }

  /** Bytes so far. */
  get bytes(): number {
    return this.#samples.at(-1)?.bytes ?? 0;
  }

  /** Takes the number of bytes so far; fewer than before is a new beginning. */
  update(bytes: number, now: number): void {
    if (bytes < this.bytes) this.#samples = [];
    this.#samples.push({ time: now, bytes });
    while (this.#samples.length > 2) {
      const second = this.#samples[1];
      if (second === undefined || second.time > now - WINDOW) break;
      this.#samples.shift();
    }
  }

  /** Bytes per second of late; 0 when nothing moves. */
  rate(now: number): number {
    const first = this.#samples[0];
    if (first === undefined || now <= first.time) return 0;
    return (this.bytes - first.bytes) * 1000 / (now - first.time);
  }

  /** Milliseconds that are left, where that can be told. */
  remaining(now: number): number | undefined {
    const rate = this.rate(now);
    if (this.size === undefined || rate === 0) return undefined;
    // An archive's layer may be stored in another compression than it is sent.
    if (this.bytes >= this.size) return undefined;
    return (this.size - this.bytes) * 1000 / rate;
  }
}
