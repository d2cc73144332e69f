import { join } from "node:path";
import type { Digest, DigestAlgorithm } from "../oci/digest.ts";
import { BodyReader, type Traffic } from "./body_reader.ts";
import { BodyWriter } from "./body_writer.ts";
import { digestFile } from "./digest_file.ts";
import type { DigestPool } from "./digest_pool.ts";
import type { FileDigest } from "./digest_thread.ts";
import { asStorageError, type DiskBudget } from "./disk_budget.ts";
import { EarlySync } from "./early_sync.ts";
import type { TransferLoad } from "./transfer_load.ts";

/** Bytes of small pieces that are written to the disk at once. */
const GATHERED_BLOCK = 64 * 1024;
/** Bytes that are digested ahead of the end; fewer are digested in no time. */
const MUCH = 4 * 1024 * 1024;

/** What upload sessions share. */
export interface UploadSurroundings {
  /** Counts the bytes that are stored. */
  readonly budget: DiskBudget;
  /** Counts the transfers that run. */
  readonly load: TransferLoad;
  /** Digests what comes. */
  readonly digests: DigestPool;
  /** Milliseconds without a byte after which a client is given up. */
  readonly idleTimeout: number;
}

/** Where a session is. */
export interface UploadPlace {
  /** Unguessable id of the session. */
  readonly id: string;
  /** The repository that the blob is for. */
  readonly repository: string;
  /** The directory of the session. */
  readonly directory: string;
  /** Which digest the content will be known by. Default sha256. */
  readonly algorithm?: DigestAlgorithm;
  /** When bytes last came, in milliseconds since 1970. Default now. */
  readonly lastUsed?: number;
}

/** Options for {@linkcode UploadSession.append}. */
export interface AppendOptions {
  /** Ends the transfer; what was received so far counts. */
  readonly signal: AbortSignal;
  /** Counts the bytes that are read. */
  readonly traffic?: Traffic;
  /** Which digest the content will be known by, if that is known. */
  readonly algorithm?: DigestAlgorithm;
}

/** An upload whose bytes are in a file, digested while they come. */
export class UploadSession implements UploadPlace {
  /** Unguessable id of the session. */
  readonly id: string;
  /** The repository that the blob is for. */
  readonly repository: string;
  /** The directory of the session. */
  readonly directory: string;
  readonly #algorithm: DigestAlgorithm;
  readonly #surroundings: UploadSurroundings;
  readonly #disk: EarlySync;
  #offset: number;
  #digest: FileDigest | undefined;
  #running: { stop: AbortController; ended: Promise<void> } | undefined;
  /** When bytes last came, in milliseconds since 1970. */
  lastUsed: number;
  #closed = false;

  /** Goes on where the file ends. */
  constructor(
    place: UploadPlace,
    surroundings: UploadSurroundings,
    offset: number,
  ) {
    this.id = place.id;
    this.repository = place.repository;
    this.directory = place.directory;
    this.lastUsed = place.lastUsed ?? Date.now();
    this.#algorithm = place.algorithm ?? "sha256";
    this.#surroundings = surroundings;
    this.#disk = new EarlySync(this.path);
    this.#offset = offset;
  }

  /** The file with the bytes. */
  get path(): string {
    return join(this.directory, "data");
  }

  /** Number of bytes in the file: where the next chunk has to start. */
  get offset(): number {
    return this.#offset;
  }

  /** Tells whether the session is over: a request that waited sees it. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Tells whether a request is changing the session. */
  get busy(): boolean {
    return this.#running !== undefined;
  }

  /**
   * Runs an action while no other changes the session. One that runs is
   * stopped: it mostly waits for a client that has lost its connection and is
   * the one that asks again.
   */
  async exclusively<T>(
    action: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    while (this.#running !== undefined) {
      this.#running.stop.abort();
      await this.#running.ended;
    }
    const stop = new AbortController();
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    this.#running = { stop, ended };
    try {
      return await action(stop.signal);
    } finally {
      this.#running = undefined;
      resolve();
    }
  }

  /** Stops what runs on the session and waits until its bytes are written. */
  async interrupt(): Promise<void> {
    const running = this.#running;
    running?.stop.abort();
    await running?.ended;
    await this.#disk.idle();
  }

  /** Ends the session: when this returns nothing writes to its file any more. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#dropDigest();
    await this.#disk.idle();
  }

  /**
   * Appends a body to the file. On failure the bytes that are in the file
   * count, and {@linkcode offset} says how many they are.
   *
   * @returns the number of bytes that the body had
   * @throws {BodyInterruptedError} when the client ended the body early
   * @throws {ApiError} when there is no room or the client stalls
   */
  async append(
    body: ReadableStream<Uint8Array> | null,
    options: AppendOptions,
  ): Promise<number> {
    const { budget, load, idleTimeout } = this.#surroundings;
    const start = this.#offset;
    using file = await this.#openForAppend();
    const blockSize = load.blockSize;
    using _transfer = load.begin();
    using reader = new BodyReader(body, {
      ...options,
      idleTimeout,
      memorySize: blockSize,
    });
    let taken = 0;
    const sink = {
      file,
      onTake(bytes: number) {
        budget.take(bytes);
        taken += bytes;
      },
      onWritten: (bytes: number) => {
        this.#offset += bytes;
        this.lastUsed = Date.now();
        this.#disk.written(bytes);
        this.#digestAhead(options.algorithm);
      },
    };
    try {
      const gathered = Math.min(blockSize, GATHERED_BLOCK);
      await new BodyWriter(sink, gathered).write(reader);
      return this.#offset - start;
    } catch (error) {
      budget.giveBack(taken - (this.#offset - start));
      // A write that failed may have left bytes that nobody counted.
      await file.truncate(this.#offset);
      throw asStorageError(error);
    }
  }

  /** Forgets the bytes from `offset` on. */
  async truncate(offset: number): Promise<void> {
    await Deno.truncate(this.path, offset);
    this.#surroundings.budget.giveBack(this.#offset - offset);
    this.#offset = offset;
    this.#dropDigest();
  }

  /**
   * Makes the bytes survive a loss of power.
   *
   * @throws {ApiError} when the disk lost some, which no retry brings back
   */
  async sync(): Promise<void> {
    try {
      await this.#disk.finish();
    } catch (error) {
      throw asStorageError(error);
    }
  }

  /**
   * Returns the digest of all bytes. A large file is read from its beginning
   * only when the server was started anew since, or was told the algorithm too
   * late.
   */
  async digest(algorithm: DigestAlgorithm): Promise<Digest> {
    if (this.#offset < MUCH) return await digestFile(this.path, algorithm);
    const digest = this.#startDigest(algorithm);
    this.#digest = undefined;
    return await digest.finish();
  }

  #digestAhead(algorithm = this.#digest?.algorithm ?? this.#algorithm): void {
    if (this.#offset < MUCH) return;
    this.#startDigest(algorithm).advance(this.#offset);
  }

  #startDigest(algorithm: DigestAlgorithm): FileDigest {
    if (this.#digest?.algorithm !== algorithm) this.#dropDigest();
    this.#digest ??= this.#surroundings.digests.start(this.path, algorithm);
    return this.#digest;
  }

  #dropDigest(): void {
    this.#digest?.drop();
    this.#digest = undefined;
  }

  async #openForAppend(): Promise<Deno.FsFile> {
    const file = await Deno.open(this.path, { write: true });
    await file.seek(this.#offset, Deno.SeekMode.Start);
    return file;
  }
}
