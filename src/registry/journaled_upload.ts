import type { BlobContent } from "../content/blob_content.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import {
  type BlobUploadOptions,
  uploadBlob,
  type UploadedBlob,
} from "./blob_upload.ts";
import type { JournalEntry, UploadJournal } from "./upload_journal.ts";
import type { UploadCheckpoint, UploadScope } from "./upload_state.ts";

/** A repository that blobs are uploaded to, and who remembers how far. */
export interface JournaledScope extends UploadScope {
  /** Remembers where uploads stand. */
  readonly journal?: UploadJournal;
}

/** The uploads to one repository, remembered beyond the life of the process. */
export class JournaledUploads {
  readonly #scope: JournaledScope;
  /** Identities of blobs whose digests the journal knows, by these. */
  readonly #kept = new Map<Digest, string>();

  /** Begins none yet. */
  constructor(scope: JournaledScope) {
    this.#scope = scope;
  }

  /**
   * Uploads a blob as {@linkcode uploadBlob} does, and goes on where an earlier
   * process left it. A caller who keeps checkpoints itself is left alone.
   *
   * A blob that is compressed on the way is compressed again from its start:
   * the registry wants the digest of all of its bytes, and the state of a
   * SHA-256 cannot be kept (`node:crypto` does not give it out). Same input and
   * settings make the same bytes, so only those are sent that the registry
   * lacks. Once all of it is there, its digest is remembered until
   * {@linkcode forget}: nothing but the journal leads to it.
   */
  async upload(
    content: BlobContent,
    options: BlobUploadOptions,
  ): Promise<UploadedBlob> {
    const identity = this.#identityOf(content, options);
    const entry = identity && await this.#open(identity);
    if (!entry) return await uploadBlob(this.#scope, content, options);
    let done = false;
    try {
      const blob = await this.#uploadWith(entry, content, options);
      // What has a digest is found by it.
      done = content.digest !== undefined;
      if (!done) this.#kept.set(blob.digest, identity);
      return blob;
    } finally {
      await entry.close(done);
    }
  }

  /**
   * Forgets blobs that a manifest in the registry lists: they are found by that
   * from now on, whoever sent them.
   */
  async forget(blobs: readonly Descriptor[]): Promise<void> {
    const { journal, repository } = this.#scope;
    for (const { digest } of blobs) {
      const identity = this.#kept.get(digest) ?? digest;
      await journal?.forget({ repository, identity });
    }
  }

  async #uploadWith(
    entry: JournalEntry,
    content: BlobContent,
    options: BlobUploadOptions,
  ): Promise<UploadedBlob> {
    let last: UploadCheckpoint | undefined;
    const blob = await uploadBlob(this.#scope, content, {
      ...options,
      ...entry.checkpoint && { resume: entry.checkpoint },
      onCheckpoint: (checkpoint) => entry.save(last = checkpoint),
      onResume: (outcome) => entry.resumed(outcome),
    });
    if (last?.digest === undefined) {
      // It went in one request, or was there.
      const { digest, size } = blob;
      entry.save({ location: last?.location ?? "", offset: size, digest });
    }
    return blob;
  }

  #identityOf(
    { digest, size, identity }: BlobContent,
    { resume, onCheckpoint }: BlobUploadOptions,
  ): string | undefined {
    if (resume !== undefined || onCheckpoint !== undefined) return undefined;
    if (digest === undefined) return identity;
    // What goes in one request has no middle to go on from.
    const whole = size !== undefined && size <= this.#scope.policy.size;
    return whole ? undefined : digest;
  }

  async #open(identity: string): Promise<JournalEntry | undefined> {
    const { journal, repository } = this.#scope;
    return await journal?.open({ repository, identity });
  }
}
