import {
  type Digest,
  type DigestAlgorithm,
  digestAlgorithm,
} from "../oci/digest.ts";
import { ApiError } from "./api_error.ts";
import type { BlobStore } from "./blob_store.ts";
import {
  fileInfo,
  makeDirectory,
  namesIn,
  removeIfThere,
} from "./durable_file.ts";
import type { StoreLayout } from "./store_layout.ts";
import {
  type UploadPlace,
  UploadSession,
  type UploadSurroundings,
} from "./upload_session.ts";

/** Options for {@linkcode UploadStore}. */
export interface UploadStoreOptions extends UploadSurroundings {
  /** Where everything lies. */
  readonly layout: StoreLayout;
  /** Where finished uploads go. */
  readonly blobs: BlobStore;
  /** Most sessions that may be open. */
  readonly maxUploads: number;
}

/** Milliseconds without a byte after which a session may make room for others. */
const ABANDONED = 60 * 60 * 1000;

const SESSION_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Upload sessions, which outlive the process. */
export class UploadStore {
  readonly #options: UploadStoreOptions;
  readonly #sessions = new Map<string, UploadSession>();
  /** Sessions that are being read from the disk. */
  readonly #loading = new Map<string, Promise<UploadSession | undefined>>();

  /** Uses the sessions that are on the disk. */
  constructor(options: UploadStoreOptions) {
    this.#options = options;
  }

  /** Number of sessions that this process knows. */
  get open(): number {
    return this.#sessions.size;
  }

  /**
   * Opens a session.
   *
   * @param algorithm which digest the content will most likely be known by
   * @throws {ApiError} 429 when there are too many
   */
  async create(
    repository: string,
    algorithm: DigestAlgorithm = "sha256",
  ): Promise<UploadSession> {
    const { layout } = this.#options;
    await this.#makeRoom();
    const id = crypto.randomUUID();
    const directory = layout.upload(repository, id);
    const place = { id, repository, directory, algorithm };
    const session = this.#remember(place, 0);
    try {
      // A session survives the process, but need not survive a loss of power.
      await makeDirectory(layout.repository(repository));
      await Deno.mkdir(directory, { recursive: true });
      await Deno.writeFile(session.path, new Uint8Array());
    } catch (error) {
      this.#sessions.delete(id);
      throw error;
    }
    return session;
  }

  /** Returns a session of a repository, if there is one with this id. */
  async find(
    repository: string,
    id: string,
  ): Promise<UploadSession | undefined> {
    // Nothing of a URL becomes a part of a path unless it is an id.
    if (!SESSION_ID.test(id)) return undefined;
    const known = this.#sessions.get(id) ?? await this.#load(repository, id);
    return known?.repository === repository ? known : undefined;
  }

  /**
   * Makes the bytes of a session the content of a digest, and ends the session.
   *
   * @param publish shows the content to clients. The session ends after it: a
   *   client that lost the answer finds one of the two at any time
   * @throws {ApiError} 400 when the bytes have another digest
   * @throws {Error} when the disk lost bytes, or what `publish` throws; the
   *   session is over after all of them, because nothing that could be sent
   *   would mend it
   */
  async finish(
    session: UploadSession,
    digest: Digest,
    publish: () => Promise<void> = () => Promise.resolve(),
  ): Promise<void> {
    const actual = await session.digest(digestAlgorithm(digest));
    if (actual !== digest) {
      await this.cancel(session);
      throw new ApiError(
        400,
        "DIGEST_INVALID",
        `Cannot accept the blob: its digest is ${actual}, must be ${digest}`,
        { detail: { digest, actual } },
      );
    }
    try {
      await session.sync();
    } catch (error) {
      await this.cancel(session);
      throw error;
    }
    await this.#options.blobs.adopt(session.path, digest);
    try {
      await publish();
    } finally {
      await this.#end(session);
    }
  }

  /** Ends a session and forgets its bytes. */
  async cancel(session: UploadSession): Promise<void> {
    await this.#end(session);
    this.#options.budget.giveBack(session.offset);
  }

  /**
   * Ends the sessions of a repository that nothing was added to since a time.
   *
   * @returns how many they were
   */
  async purge(repository: string, time: number): Promise<number> {
    let purged = 0;
    for (const id of await namesIn(this.#options.layout.uploads(repository))) {
      const session = await this.find(repository, id);
      if (session?.busy) continue;
      const directory = this.#options.layout.upload(repository, id);
      // A crash may have left a session without its file.
      const info = await fileInfo(session?.path ?? directory);
      if (info === undefined || (info.mtime?.getTime() ?? 0) > time) continue;
      if (session === undefined) await removeIfThere(directory);
      await session?.exclusively(async () => {
        if (!session.closed) await this.cancel(session);
      });
      purged++;
    }
    return purged;
  }

  /** Where there are too many sessions, ends the one that was left longest. */
  async #makeRoom(): Promise<void> {
    const { maxUploads } = this.#options;
    if (this.#sessions.size < maxUploads) return;
    const [oldest] = [...this.#sessions.values()]
      .filter((session) => !session.busy && !session.closed)
      .sort((a, b) => a.lastUsed - b.lastUsed);
    if (oldest === undefined || Date.now() - oldest.lastUsed < ABANDONED) {
      throw new ApiError(
        429,
        "TOOMANYREQUESTS",
        `Cannot open another upload: ${maxUploads} are open`,
        { headers: { "retry-after": "10" } },
      );
    }
    await this.cancel(oldest);
  }

  /** Stops all transfers; the bytes that came stay. */
  async interrupt(): Promise<void> {
    const sessions = [...this.#sessions.values()];
    await Promise.all(sessions.map((session) => session.interrupt()));
  }

  async #load(
    repository: string,
    id: string,
  ): Promise<UploadSession | undefined> {
    const key = `${repository} ${id}`;
    const running = this.#loading.get(key);
    if (running !== undefined) return await running;
    const loading = this.#read(repository, id)
      .finally(() => this.#loading.delete(key));
    this.#loading.set(key, loading);
    return await loading;
  }

  async #read(
    repository: string,
    id: string,
  ): Promise<UploadSession | undefined> {
    const directory = this.#options.layout.upload(repository, id);
    const info = await fileInfo(`${directory}/data`);
    if (info === undefined) return undefined;
    const lastUsed = info.mtime?.getTime() ?? 0;
    return this.#sessions.get(id) ??
      this.#remember({ id, repository, directory, lastUsed }, info.size);
  }

  #remember(place: UploadPlace, offset: number): UploadSession {
    const session = new UploadSession(place, this.#options, offset);
    this.#sessions.set(place.id, session);
    return session;
  }

  /** The session is known until nothing of it is on the disk any more. */
  async #end(session: UploadSession): Promise<void> {
    await session.close();
    await removeIfThere(session.directory);
    this.#sessions.delete(session.id);
  }
}
