import { join } from "node:path";
import { type Digest, digestAlgorithm } from "../oci/digest.ts";
import { digestFile } from "./digest_file.ts";
import { isThere, makeDirectory } from "./durable_file.ts";
import { RegistryStore } from "./registry_store.ts";
import { RepositoryCheck } from "./repository_check.ts";
import { StoreLayout } from "./store_layout.ts";
import { StoreLock } from "./store_lock.ts";
import { type CheckProblem, StoreProblems } from "./store_problems.ts";

/** What a check of a store found. */
export interface CheckReport {
  /** Repositories that were checked. */
  readonly repositories: number;
  /** Manifests of all repositories. */
  readonly manifests: number;
  /** Tags of all repositories. */
  readonly tags: number;
  /** Blobs and manifests whose bytes were read. */
  readonly blobs: number;
  /** Bytes that were read. */
  readonly bytes: number;
  /** All that is wrong, or was until now. */
  readonly problems: readonly CheckProblem[];
}

/** Options for {@linkcode checkStore}. */
export interface CheckOptions {
  /**
   * Put right what can be put right: damaged content goes to `damaged/` in the
   * data directory, so that a client sends it again; links and tags that lead
   * nowhere go; links and referrers that lack are made. Default false.
   */
  readonly repair?: boolean;
  /** Called with each problem as it is found. */
  readonly onProblem?: (problem: CheckProblem) => void;
  /** Gives the check up. */
  readonly signal?: AbortSignal;
}

/**
 * Reads all of a store and compares it with what its names say. Without repair
 * nothing is written.
 *
 * @throws {StoreLockedError} when a server runs on the store
 */
export async function checkStore(
  dataDir: string,
  options: CheckOptions = {},
): Promise<CheckReport> {
  if (!await isThere(dataDir)) {
    throw new Deno.errors.NotFound(
      `Cannot check the store "${dataDir}": there is no such directory`,
    );
  }
  if (options.repair) {
    const store = await RegistryStore.open(dataDir);
    return await checkAndClose(store, dataDir, options);
  }
  const lock = await StoreLock.share(new StoreLayout(dataDir).lock);
  try {
    const store = await RegistryStore.open(dataDir, { readOnly: true });
    return await checkAndClose(store, dataDir, options);
  } finally {
    lock?.release();
  }
}

async function checkAndClose(
  store: RegistryStore,
  dataDir: string,
  options: CheckOptions,
): Promise<CheckReport> {
  try {
    return await new StoreCheck(store, dataDir, options).run();
  } finally {
    store.close();
  }
}

class StoreCheck {
  readonly #store: RegistryStore;
  readonly #quarantine: string;
  readonly #signal: AbortSignal | undefined;
  readonly #problems: StoreProblems;
  readonly #sound = new Set<Digest>();
  #bytes = 0;

  constructor(store: RegistryStore, dataDir: string, options: CheckOptions) {
    this.#store = store;
    this.#quarantine = join(dataDir, "damaged");
    this.#signal = options.signal;
    this.#problems = new StoreProblems(options);
  }

  async run(): Promise<CheckReport> {
    const count = { repositories: 0, manifests: 0, tags: 0, blobs: 0 };
    for await (const digest of this.#store.blobs.digests()) {
      count.blobs++;
      await this.#checkContent(digest);
    }
    for await (const name of this.#store.repositories.names()) {
      this.#signal?.throwIfAborted();
      const repository = await new RepositoryCheck(this.#store, name, {
        sound: this.#sound,
        problems: this.#problems,
      }).run();
      count.repositories++;
      count.manifests += repository.manifests;
      count.tags += repository.tags;
    }
    return { ...count, bytes: this.#bytes, problems: this.#problems.all };
  }

  async #checkContent(digest: Digest): Promise<void> {
    const path = this.#store.layout.blob(digest);
    const size = await this.#store.blobs.size(digest);
    if (size === undefined) return;
    this.#bytes += size;
    const actual = await this.#digest(path, digest);
    if (actual === digest) {
      this.#sound.add(digest);
      return;
    }
    await this.#problems.add(
      "damaged-content",
      `The content "${digest}" ${
        actual === undefined ? "cannot be read" : `has the digest ${actual}`
      }`,
      async () => {
        await makeDirectory(this.#quarantine);
        const name = digest.replace(":", "-");
        await Deno.rename(path, join(this.#quarantine, name));
        this.#store.budget.giveBack(size);
      },
    );
  }

  /** Returns no digest where the disk cannot read what it has. */
  async #digest(path: string, digest: Digest): Promise<Digest | undefined> {
    const signal = this.#signal;
    try {
      return await digestFile(path, digestAlgorithm(digest), { signal });
    } catch (error) {
      const isDamage = error instanceof Error && "code" in error &&
        error.code === "EIO";
      if (isDamage) return undefined;
      throw error;
    }
  }
}
