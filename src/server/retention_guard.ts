import type { Digest } from "../oci/digest.ts";

/**
 * What garbage collection must leave alone although nothing needs it yet:
 * content that a running request writes, or tells a client that it exists.
 *
 * Collection asks {@linkcode isHeld} and removes in the same turn of the event
 * loop, so that a request comes either before (and keeps the content) or after
 * (and does not find it).
 */
export class RetentionGuard {
  readonly #held = new Map<Digest, number>();
  #recent: Set<Digest> | undefined;

  /** Keeps content until the returned hold is disposed. */
  hold(...digests: readonly Digest[]): Disposable {
    for (const digest of digests) {
      this.#held.set(digest, (this.#held.get(digest) ?? 0) + 1);
    }
    return { [Symbol.dispose]: () => this.#release(digests) };
  }

  /**
   * Starts a collection: what is held at any time until the end of it stays.
   * Only one runs at a time.
   */
  beginCollection(): Disposable {
    this.#recent = new Set();
    return { [Symbol.dispose]: () => this.#recent = undefined };
  }

  /** Tells whether collection must keep content. */
  isHeld(digest: Digest): boolean {
    return this.#held.has(digest) || this.#recent?.has(digest) === true;
  }

  #release(digests: readonly Digest[]): void {
    for (const digest of digests) {
      this.#recent?.add(digest);
      const count = this.#held.get(digest) ?? 0;
      if (count <= 1) this.#held.delete(digest);
      else this.#held.set(digest, count - 1);
    }
  }
}
