import { Backoff, type RetryOptions } from "../http/backoff.ts";
import type { Digest } from "../oci/digest.ts";
import type { ChunkPolicy } from "./chunk_policy.ts";
import { RegistryError } from "./registry_error.ts";
import { isSessionLost, UploadLostError } from "./upload_lost_error.ts";
import type { UploadRange } from "./upload_range.ts";
import type {
  RepositoryScope,
  UploadSession,
  UploadStepOptions,
} from "./upload_session.ts";

/** A repository that blobs are uploaded to. */
export interface UploadScope extends RepositoryScope {
  /** How blobs are sent to its registry. */
  readonly policy: ChunkPolicy;
}

/** Where an upload stands, so that another process can go on with it. */
export interface UploadCheckpoint {
  /** Path and query of the session; a secret, for its query is signed. */
  readonly location: string;
  /** Bytes that the registry has acknowledged. */
  readonly offset: number;
  /** Digest of all of them, once they are the whole blob. */
  readonly digest?: Digest;
}

/** What came of the attempt to go on with an upload of another process. */
export type ResumeOutcome =
  /** The registry has so many bytes of it. */
  | { readonly kind: "resumed"; readonly offset: number }
  /** The registry has nothing of it any more. */
  | { readonly kind: "lost" }
  /** The registry does not say what it has of an upload. */
  | { readonly kind: "untold" };

/** Options for {@linkcode UploadState}. */
export interface UploadStateOptions {
  /** Ends the upload. */
  readonly signal?: AbortSignal;
  /** Called with the number of bytes that the registry has, as they go. */
  readonly onProgress?: (bytes: number) => void;
  /** Called whenever the registry has acknowledged more. */
  readonly onCheckpoint?: (checkpoint: UploadCheckpoint) => void;
}

/** What the steps of one blob's upload share. */
export class UploadState {
  /** Where the blob goes. */
  readonly scope: UploadScope;
  /** Paces the tries; whole again whenever bytes were acknowledged. */
  readonly backoff: Backoff;
  /** The present session. */
  session: UploadSession;
  readonly #options: UploadStateOptions;
  #acknowledged = 0;
  #bytesSent = 0;

  /** Makes the state of an upload of which the registry has nothing. */
  constructor(
    scope: UploadScope,
    session: UploadSession,
    options: UploadStateOptions = {},
  ) {
    this.scope = scope;
    this.session = session;
    this.#options = options;
    const retry: RetryOptions = scope.client.retryOptions;
    this.backoff = new Backoff({ ...retry, ...this.#signal() });
  }

  /** Bytes that the registry has acknowledged in the present session. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** Bytes that were handed to the transport, repeated ones counted again. */
  get bytesSent(): number {
    return this.#bytesSent;
  }

  /** Options of a request without a body. */
  get step(): UploadStepOptions {
    return this.#signal();
  }

  /** Options of a request whose body begins at this offset of the blob. */
  stepFrom(start: number): UploadStepOptions {
    let handed = start;
    return {
      ...this.#signal(),
      onSlice: (bytes) => {
        handed += bytes;
        this.#bytesSent += bytes;
        this.#options.onProgress?.(handed);
      },
    };
  }

  /** Notes what the registry has. */
  acknowledge(offset: number): void {
    if (offset > this.#acknowledged) this.backoff.reset();
    this.#acknowledged = offset;
    this.#options.onProgress?.(offset);
    this.checkpoint();
  }

  /** Notes that the registry has all, and nothing is left to go on with. */
  acknowledgeAll(size: number): void {
    this.#acknowledged = size;
    this.#options.onProgress?.(size);
  }

  /**
   * Notes where the session is, before it is needed: bytes follow, or the end.
   *
   * @param digest of the blob, when all of it was acknowledged
   */
  checkpoint(digest?: Digest): void {
    this.#options.onCheckpoint?.({
      location: this.session.location,
      offset: this.#acknowledged,
      ...digest !== undefined && { digest },
    });
  }

  /** Goes on with another session, which has no bytes. */
  restart(session: UploadSession): void {
    this.session = session;
    this.#acknowledged = 0;
    this.#options.onProgress?.(0);
  }

  /**
   * Asks the registry what it has; never assumed after a failure.
   *
   * @returns `absent` when this registry cannot be asked
   * @throws {UploadLostError} when the session is gone
   */
  async ask(): Promise<UploadRange> {
    try {
      return await this.session.uploadRange(this.step);
    } catch (error) {
      if (isSessionLost(error)) {
        throw new UploadLostError("The registry lost the session", {
          cause: error,
        });
      }
      // go-containerregistry's server knows no status requests.
      if (hasNoStatus(error)) return { kind: "absent" };
      throw error;
    }
  }

  #signal(): { readonly signal?: AbortSignal } {
    const { signal } = this.#options;
    return signal === undefined ? {} : { signal };
  }
}

function hasNoStatus(error: unknown): boolean {
  return error instanceof RegistryError &&
    [400, 405, 501].includes(error.status);
}
