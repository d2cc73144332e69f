/** Lets at most so many pieces of work run at once; the others wait in order. */
export class WorkLimit {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  /**
   * @param max the number of pieces at once
   * @throws {RangeError} when it is not a whole number of at least 1
   */
  constructor(max: number) {
    if (!Number.isSafeInteger(max) || max < 1) {
      throw new RangeError(
        `Cannot limit the work to ${max} at once: must be a whole number, 1 or more`,
      );
    }
    this.#free = max;
  }

  /** Runs a piece of work as soon as its turn comes. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    await this.#enter();
    try {
      return await work();
    } finally {
      this.#leave();
    }
  }

  #enter(): Promise<void> {
    if (this.#free > 0) {
      this.#free--;
      return Promise.resolve();
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free++;
    else next();
  }
}
