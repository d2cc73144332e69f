import { BlobStore } from "./blob_store.ts";
import { DigestPool } from "./digest_pool.ts";
import { DiskBudget } from "./disk_budget.ts";
import {
  fileInfo,
  isThere,
  makeDirectory,
  namesIn,
  removeIfThere,
} from "./durable_file.ts";
import { KeyedMutex } from "./keyed_mutex.ts";
import { ReferrersIndex } from "./referrers_index.ts";
import { RepositoryStore } from "./repository_store.ts";
import { RetentionGuard } from "./retention_guard.ts";
import { StoreLayout } from "./store_layout.ts";
import { StoreLock, StoreLockedError } from "./store_lock.ts";
import { TransferLoad } from "./transfer_load.ts";
import { UploadStore } from "./upload_store.ts";

/** Options for {@linkcode RegistryStore.open}. */
export interface RegistryStoreOptions {
  /** Nothing is written. Default false. */
  readonly readOnly?: boolean;
  /** Most bytes that the store may hold. Default: what the disk has. */
  readonly maxSize?: number;
  /** Most upload sessions that may be open. Default 1024. */
  readonly maxUploads?: number;
  /** Milliseconds without a byte after which a client is given up. Default 120,000. */
  readonly idleTimeout?: number;
}

/** A registry's content on a file system, which one process owns. */
export class RegistryStore {
  /** Where everything lies. */
  readonly layout: StoreLayout;
  /** Whether nothing is written. */
  readonly readOnly: boolean;
  /** Milliseconds without a byte after which a client is given up. */
  readonly idleTimeout: number;
  /** Counts the bytes that are stored. */
  readonly budget: DiskBudget;
  /** Counts the transfers that run. */
  readonly load = new TransferLoad();
  /** Digests what is uploaded. */
  readonly digests = new DigestPool();
  /** Keeps what requests need from garbage collection. */
  readonly guard = new RetentionGuard();
  /** One change of tags and manifests of a repository at a time. */
  readonly changes = new KeyedMutex();
  /** Content of all repositories. */
  readonly blobs: BlobStore;
  /** What each repository has. */
  readonly repositories: RepositoryStore;
  /** Which manifests are about a subject. */
  readonly referrers: ReferrersIndex;
  /** Uploads that are not finished. */
  readonly uploads: UploadStore;
  #lock: StoreLock | undefined;

  private constructor(layout: StoreLayout, options: RegistryStoreOptions) {
    const { readOnly = false, idleTimeout = 120_000, maxUploads = 1024 } =
      options;
    const { maxSize } = options;
    this.layout = layout;
    this.readOnly = readOnly;
    this.idleTimeout = idleTimeout;
    this.budget = new DiskBudget(maxSize === undefined ? {} : { maxSize });
    this.blobs = new BlobStore(layout, this.budget);
    this.repositories = new RepositoryStore(layout, { readOnly });
    const { blobs, budget, digests, load, repositories } = this;
    this.referrers = new ReferrersIndex({
      layout,
      blobs,
      repositories,
      readOnly,
    });
    this.uploads = new UploadStore({
      layout,
      blobs,
      budget,
      load,
      digests,
      idleTimeout,
      maxUploads,
    });
  }

  /**
   * Opens a store, and makes it where there is none.
   *
   * @throws {StoreLockedError} when another process owns it
   * @throws {Error} when this process may not read or write it
   */
  static async open(
    dataDir: string,
    options: RegistryStoreOptions = {},
  ): Promise<RegistryStore> {
    try {
      return options.readOnly
        ? await RegistryStore.#openReadOnly(dataDir, options)
        : await RegistryStore.#openToWrite(dataDir, options);
    } catch (error) {
      throw openFailure(error, dataDir);
    }
  }

  static async #openToWrite(
    dataDir: string,
    options: RegistryStoreOptions,
  ): Promise<RegistryStore> {
    await makeDirectory(dataDir);
    const lock = await StoreLock.acquire(new StoreLayout(dataDir).lock);
    try {
      const layout = new StoreLayout(dataDir, await foldsCase(dataDir));
      const store = new RegistryStore(layout, options);
      await store.#prepare();
      store.#lock = lock;
      return store;
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  static async #openReadOnly(
    dataDir: string,
    options: RegistryStoreOptions,
  ): Promise<RegistryStore> {
    if (!await isThere(dataDir)) {
      throw new Deno.errors.NotFound("there is no such directory");
    }
    const layout = new StoreLayout(dataDir, await isThere(foldMark(dataDir)));
    const store = new RegistryStore(layout, options);
    await store.#measure();
    return store;
  }

  /** Lets another process have the store. */
  close(): void {
    this.digests.close();
    this.#lock?.release();
    this.#lock = undefined;
  }

  async #prepare(): Promise<void> {
    const { temporary, blobs, repositories } = this.layout;
    // What another run left half-written; nobody was told that it is there.
    await removeIfThere(temporary);
    for (const path of [temporary, blobs, repositories]) {
      await makeDirectory(path);
    }
    await this.#measure();
  }

  /** Counts the bytes that are there, and gets to know the open uploads. */
  async #measure(): Promise<void> {
    for await (const digest of this.blobs.digests()) {
      this.budget.count(await this.blobs.size(digest) ?? 0);
    }
    for await (const name of this.repositories.names()) {
      for (const id of await namesIn(this.layout.uploads(name))) {
        const session = await this.uploads.find(name, id);
        this.budget.count(session?.offset ?? 0);
      }
    }
  }
}

function foldMark(dataDir: string): string {
  return `${dataDir}/case-folded`;
}

/** Finds out whether the file system takes `A` and `a` for the same name. */
async function foldsCase(dataDir: string): Promise<boolean> {
  const mark = foldMark(dataDir);
  if (await isThere(mark)) return true;
  const id = crypto.randomUUID();
  const probe = `${dataDir}/Probe-${id}`;
  await Deno.writeFile(probe, new Uint8Array());
  try {
    const folds = await fileInfo(`${dataDir}/probe-${id}`) !== undefined;
    if (folds) await Deno.writeFile(mark, new Uint8Array());
    return folds;
  } finally {
    await removeIfThere(probe);
  }
}

/** Says which store it is, and what helps against what people meet. */
function openFailure(error: unknown, dataDir: string): unknown {
  if (!(error instanceof Error) || error instanceof StoreLockedError) {
    return error;
  }
  const message = `Cannot open the store "${dataDir}": ${error.message}`;
  const nextStep = nextStepAfter(error);
  const text = nextStep === undefined ? message : `${message}\n${nextStep}`;
  return new Error(text, { cause: error });
}

function nextStepAfter(error: Error): string | undefined {
  if (error instanceof Deno.errors.PermissionDenied) {
    return "Use a directory that this user may read and write, or change its owner";
  }
  if (error instanceof Deno.errors.NotADirectory) {
    return "Use a directory that does not lie below a file";
  }
  if ("code" in error && error.code === "EROFS") {
    return "Use a directory that can be written to, or serve it read-only";
  }
  return undefined;
}
