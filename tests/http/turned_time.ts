/** Time that moves on only when everyone waits for it. */
export class TurnedTime {
  #now = 0;
  readonly #sleepers: {
    readonly due: number;
    readonly wake: () => void;
  }[] = [];

  /** Number of waits so far. */
  waits = 0;

  readonly now = (): number => this.#now;

  readonly sleep = (
    milliseconds: number,
    signal?: AbortSignal,
  ): Promise<void> => {
    this.waits += 1;
    return new Promise((resolve, reject) => {
      signal?.addEventListener("abort", () => reject(signal.reason));
      this.#sleepers.push({ due: this.#now + milliseconds, wake: resolve });
    });
  };

  /** Lets time pass until a moment. */
  async runTo(end: number): Promise<void> {
    for (;;) {
      await othersRun();
      const next = this.#sleepers.toSorted((a, b) => a.due - b.due)[0];
      if (next === undefined || next.due > end) break;
      this.#sleepers.splice(this.#sleepers.indexOf(next), 1);
      this.#now = Math.max(this.#now, next.due);
      next.wake();
    }
    this.#now = end;
  }
}

/** Lets all that is ready run, streams in particular, without a timer. */
async function othersRun(): Promise<void> {
  for (let turn = 0; turn < 40; turn++) await Promise.resolve();
}
