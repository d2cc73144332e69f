/** A value that may be another one after a while. */
export interface Renewable<T> {
  /** Returns the value, read again when it has become too old. */
  get(): Promise<T>;
  /** Reads the value again at once and tells whether it is another one. */
  refresh(): Promise<boolean>;
}

/** Options for {@linkcode CachedValue}. */
export interface CachedValueOptions<T> {
  /** How long a value is used before it is read again, in milliseconds. */
  readonly maxAge: number;
  /** Returns the time in milliseconds. */
  readonly now: () => number;
  /** Tells whether two values are the same. */
  readonly isSame: (left: T, right: T) => boolean;
}

/**
 * A value that is read again when it is older than some time. When a later
 * reading fails the last good value is kept: who rotates a file may be at it.
 */
export class CachedValue<T> implements Renewable<T> {
  readonly #read: () => Promise<T>;
  readonly #options: CachedValueOptions<T>;
  #last?: { readonly value: T; readonly readAt: number };

  /** Makes a value out of what reads it. */
  constructor(read: () => Promise<T>, options: CachedValueOptions<T>) {
    this.#read = read;
    this.#options = options;
  }

  /**
   * Returns the value, read again when it is too old.
   *
   * @throws what the first reading throws
   */
  async get(): Promise<T> {
    const { maxAge, now } = this.#options;
    const last = this.#last;
    if (last && now() - last.readAt < maxAge) return last.value;
    return await this.#renew();
  }

  /** Reads the value again at once and tells whether it is another one. */
  async refresh(): Promise<boolean> {
    const last = this.#last;
    const value = await this.#renew();
    return last?.value !== value;
  }

  async #renew(): Promise<T> {
    const last = this.#last;
    const { isSame, now } = this.#options;
    try {
      const read = await this.#read();
      // Who compares by identity must not see a change where there is none.
      const value = last && isSame(last.value, read) ? last.value : read;
      this.#last = { value, readAt: now() };
      return value;
    } catch (error) {
      if (last) return last.value;
      throw error;
    }
  }
}

/** Makes a value that never changes. */
export function fixedValue<T>(value: T): Renewable<T> {
  return {
    get: () => Promise.resolve(value),
    refresh: () => Promise.resolve(false),
  };
}
