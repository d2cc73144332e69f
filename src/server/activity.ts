/** Counts what runs, and tells when nothing does. */
export class Activity {
  #running = 0;
  readonly #waiting = new Set<() => void>();

  /** How much runs now. */
  get running(): number {
    return this.#running;
  }

  /** Counts something until the promise settles, in whatever way. */
  async track(promise: Promise<unknown>): Promise<void> {
    this.#running++;
    await Promise.allSettled([promise]);
    this.#running--;
    if (this.#running > 0) return;
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }

  /**
   * Waits until nothing runs.
   *
   * @param timeout milliseconds after which it is given up
   * @returns whether nothing runs
   */
  async idle(timeout: number): Promise<boolean> {
    if (this.#running === 0) return true;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.add(resolve);
    const timer = setTimeout(resolve, timeout);
    await promise;
    clearTimeout(timer);
    this.#waiting.delete(resolve);
    return this.#running === 0;
  }
}
