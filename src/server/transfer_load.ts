/** Bytes that move at once: with 64 KiB a pull takes twice the time. */
const LARGE_BLOCK = 512 * 1024;
/** Bytes that move at once when there are many transfers. */
const SMALL_BLOCK = 64 * 1024;
/** Transfers that may use large blocks, which bounds the memory they take. */
const FEW_TRANSFERS = 16;

/** Counts the transfers that run, and says how much memory each may use. */
export class TransferLoad {
  #running = 0;

  /** Transfers that run now. */
  get running(): number {
    return this.#running;
  }

  /** Bytes of one block for a transfer that starts now. */
  get blockSize(): number {
    return this.#running < FEW_TRANSFERS ? LARGE_BLOCK : SMALL_BLOCK;
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
