import type { Digest } from "../oci/digest.ts";

/**
 * What is known, from this process's own requests, to be in which repository of
 * one registry, so that one repository can lend a blob to another.
 */
export class BlobLedger {
  readonly #repositories = new Map<Digest, Set<string>>();

  /** Notes that a repository holds a blob. */
  add(digest: Digest, repository: string): void {
    const known = this.#repositories.get(digest);
    if (known === undefined) {
      this.#repositories.set(digest, new Set([repository]));
    } else {
      known.add(repository);
    }
  }

  /** Tells whether a repository is known to hold a blob. */
  has(digest: Digest, repository: string): boolean {
    return this.#repositories.get(digest)?.has(repository) ?? false;
  }

  /** Returns another repository that is known to hold a blob. */
  lender(digest: Digest, borrower: string): string | undefined {
    for (const repository of this.#repositories.get(digest) ?? []) {
      if (repository !== borrower) return repository;
    }
    return undefined;
  }
}
