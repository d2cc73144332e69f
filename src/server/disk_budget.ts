import { ApiError } from "./api_error.ts";

/** Options for {@linkcode DiskBudget}. */
export interface DiskBudgetOptions {
  /** Most bytes that the store may hold. Default: what the disk has. */
  readonly maxSize?: number;
}

/** Counts the bytes of a store and refuses those that are too many. */
export class DiskBudget {
  readonly #maxSize: number;
  #used = 0;

  /** Starts with an empty store. */
  constructor(options: DiskBudgetOptions = {}) {
    this.#maxSize = options.maxSize ?? Infinity;
  }

  /** Bytes of content and of unfinished uploads in the store. */
  get used(): number {
    return this.#used;
  }

  /** Most bytes that the store may hold, or `Infinity`. */
  get maxSize(): number {
    return this.#maxSize;
  }

  /**
   * Takes bytes that are about to be written.
   *
   * @throws {ApiError} 507 when there is no room for them
   */
  take(bytes: number): void {
    if (this.#used + bytes > this.#maxSize) {
      throw storageFull(
        `it holds ${this.#used} bytes of at most ${this.#maxSize}`,
      );
    }
    this.#used += bytes;
  }

  /** Counts bytes that are there already. */
  count(bytes: number): void {
    this.#used += bytes;
  }

  /** Gives back bytes that are gone. */
  giveBack(bytes: number): void {
    this.#used -= bytes;
  }
}

/** What systems say when there is no room; Deno has a code for the first only. */
const NO_ROOM = /no space left|not enough space|quota exceeded|file too large/i;

/**
 * Makes the error that says that the disk is full out of the one that the
 * operating system gave, or returns that one when it says something else.
 */
export function asStorageError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof ApiError) return error;
  const full = "code" in error && error.code === "ENOSPC";
  if (!full && !NO_ROOM.test(error.message)) return error;
  return storageFull("its disk is full", error);
}

function storageFull(reason: string, cause?: Error): ApiError {
  // 507 rather than 500: clients retry that one, to no avail here.
  return new ApiError(
    507,
    "STORAGE_FULL",
    `Cannot store more in this registry: ${reason}`,
    cause === undefined ? {} : { cause },
  );
}
