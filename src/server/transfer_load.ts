/** Bytes that all transfers together move at once, about. */
const MEMORY = 8 * 1024 * 1024;
/** Bytes of one block, largest first: with 64 KiB a pull takes twice the time. */
const BLOCK_SIZES = [512 * 1024, 64 * 1024];
/**
 * Bytes of one block when there are very many transfers. The HTTP server takes
 * up to sixteen of them for a client that does not read.
 */
const SMALLEST_BLOCK = 8 * 1024;

/** Counts the transfers that run, and says how much memory each may use. */
export class TransferLoad {
  #running = 0;

  /** Transfers that run now. */
  get running(): number {
    return this.#running;
  }

  /** Bytes of one block for a transfer that starts now. */
  get blockSize(): number {
    const share = MEMORY / (this.#running + 1);
    return BLOCK_SIZES.find((size) => size <= share) ?? SMALLEST_BLOCK;
  }

  /** Counts a transfer until the returned value is disposed. */
  begin(): Disposable {
    this.#running++;
    let ended = false;
    return {
      [Symbol.dispose]: () => {
        if (!ended) this.#running--;
        ended = true;
      },
    };
  }
}
