/** Bytes that are left for the end at most, about. */
const SYNC_EVERY = 32 * 1024 * 1024;

/** Options for {@linkcode EarlySync}. */
export interface EarlySyncOptions {
  /** Bytes between two syncs. Default 32 MiB. */
  readonly every?: number;
}

/**
 * Brings a file to the disk while it grows: the disk works while the network
 * does, and the sync at the end has little left to do.
 */
export class EarlySync {
  readonly #path: string;
  readonly #every: number;
  #waiting = 0;
  #running: Promise<void> | undefined;
  #failure: unknown;

  /** Watches over the file at a path. */
  constructor(path: string, options: EarlySyncOptions = {}) {
    this.#path = path;
    this.#every = options.every ?? SYNC_EVERY;
  }

  /** Counts bytes that are in the file now. */
  written(bytes: number): void {
    this.#waiting += bytes;
    if (this.#waiting < this.#every || this.#running !== undefined) return;
    this.#waiting = 0;
    this.#running = this.#sync();
  }

  /** Waits until nothing runs; never fails. */
  async idle(): Promise<void> {
    await this.#running;
  }

  /**
   * Brings all that was written to the disk.
   *
   * @throws {Error} also when it failed earlier: the system tells of lost bytes
   *   once, and takes them for written afterwards
   */
  async finish(): Promise<void> {
    await this.#running;
    if (this.#failure === undefined) await this.#sync();
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #sync(): Promise<void> {
    try {
      using file = await Deno.open(this.#path, { write: true });
      await file.sync();
    } catch (error) {
      this.#failure ??= error;
    }
    this.#running = undefined;
  }
}
