import type { BlobContent } from "../content/blob_content.ts";
import type {
  ImageTarget,
  LayerQuery,
  PushOptions,
  PushResult,
} from "../content/image_target.ts";
import { isTransient } from "../http/backoff.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import { isRepository, ReferenceSyntaxError } from "../oci/reference.ts";
import { hasSuccessors, successors } from "../oci/successors.ts";
import { openBlob, type OpenBlobOptions } from "./blob_fetch.ts";
import type { BlobLedger } from "./blob_ledger.ts";
import { checkBlobSize, findBlob } from "./blobs.ts";
import { findLayers } from "./layer_search.ts";
import { type JournaledScope, JournaledUploads } from "./journaled_upload.ts";
import {
  confirmManifest,
  fetchManifest,
  findManifest,
  type Manifest,
  putManifest,
} from "./manifests.ts";
import { addReferrer, listReferrers } from "./referrers.ts";
import { RegistryError } from "./registry_error.ts";
import { tagManifest } from "./tagging.ts";
import { type ListOptions, listTags } from "./tags.ts";
import type { UploadSession } from "./upload_session.ts";
import { mountBlob, type MountResult } from "./upload_start.ts";
import { measureUpload } from "./upload_trial.ts";
import type { UploadCheckpoint } from "./upload_state.ts";

/** Options for {@linkcode Repository.push}. */
export interface RepositoryPushOptions extends PushOptions {
  /** Where another process left this very blob; ignored when it is lost. */
  readonly resume?: UploadCheckpoint;
  /** Called whenever the registry has acknowledged more. */
  readonly onCheckpoint?: (checkpoint: UploadCheckpoint) => void;
}

/** One repository of a registry, to be read and written. */
export class Repository implements ImageTarget {
  /** The repository's name. */
  readonly location: string;
  readonly #scope: JournaledScope;
  readonly #ledger: BlobLedger;
  readonly #uploads: JournaledUploads;
  /** The last update of each subject's fallback list, for the next to follow. */
  readonly #referrerUpdates = new Map<Digest, Promise<void>>();

  /**
   * Makes a view of a repository; nothing is sent yet.
   *
   * @throws {ReferenceSyntaxError} when the name is not a repository's
   */
  constructor(scope: JournaledScope, ledger: BlobLedger) {
    if (!isRepository(scope.repository)) {
      throw new ReferenceSyntaxError(
        scope.repository,
        "it is not a repository name",
      );
    }
    this.location = scope.repository;
    this.#scope = scope;
    this.#ledger = ledger;
    this.#uploads = new JournaledUploads(scope);
  }

  /**
   * Tells whether the repository holds content, blob or manifest.
   *
   * @throws {RegistryError} when the registry does not say
   */
  async exists(descriptor: Descriptor, signal?: AbortSignal): Promise<boolean> {
    const found = hasSuccessors(descriptor)
      ? await findManifest(this.#scope, descriptor.digest, signal && { signal })
      : await this.#findBlob(descriptor, signal);
    return found !== undefined;
  }

  /**
   * Finds blobs that hold layers, whoever compressed them: in the images of
   * this repository and of those with the most similar names, by diffID.
   *
   * @throws {ConnectionError} when there is no way to the registry
   */
  findLayers(
    query: LayerQuery,
  ): Promise<ReadonlyMap<Digest, readonly Descriptor[]>> {
    return findLayers(this.#scope, this.#ledger, query);
  }

  /**
   * Takes a blob that the repository holds, or that another lends; `undefined`
   * when it would have to be sent.
   *
   * @throws {ContentMismatchError} when it has another size there
   * @throws {RegistryError} when the registry does not say
   */
  async reuse(
    descriptor: Descriptor,
    signal?: AbortSignal,
  ): Promise<PushResult | undefined> {
    const reused = await this.#reuse(descriptor, signal ? { signal } : {});
    if (reused === undefined || "outcome" in reused) return reused;
    await reused.session.cancel();
    return undefined;
  }

  /**
   * Writes a blob and verifies it: looks whether it is there, mounts it from
   * another repository that this process pushed to, or uploads it.
   *
   * @throws {ContentMismatchError} when the bytes are not what they are said to be
   * @throws {RegistryError} when the registry does not take it
   */
  async push(
    content: BlobContent,
    options: RepositoryPushOptions = {},
  ): Promise<PushResult> {
    const { digest, mediaType } = content;
    const reused = digest && await this.#reuse({ ...content, digest }, options);
    if (reused && "outcome" in reused) return reused;
    const blob = await this.#uploads.upload(content, {
      ...options,
      ...reused,
    });
    this.#ledger.add(blob.digest, this.location);
    return {
      descriptor: { mediaType, digest: blob.digest, size: blob.size },
      outcome: "uploaded",
      bytesSent: blob.bytesSent,
    };
  }

  /**
   * Writes a manifest or an index under its digest and has the registry confirm
   * it. The list of its subject's referrers is kept up to date.
   *
   * @throws {RegistryError} when the registry does not take it, as when a blob
   *   of it is missing
   */
  async pushManifest(
    descriptor: Descriptor,
    bytes: Uint8Array,
    signal?: AbortSignal,
  ): Promise<void> {
    const options = signal && { signal };
    const manifest = { descriptor, bytes };
    const { subjectKept } = await putManifest(this.#scope, manifest, options);
    await confirmManifest(this.#scope, descriptor, options);
    const { subject, blobs } = successors(descriptor, bytes);
    await this.#uploads.forget(blobs);
    if (subject === undefined || subjectKept) return;
    await this.#addReferrer(manifest, subject.digest, signal);
  }

  /**
   * Gives a tag to a manifest and has the registry confirm that it leads there.
   *
   * @throws {RegistryError} when the registry does not take it
   */
  async tag(
    descriptor: Descriptor,
    bytes: Uint8Array,
    tag: string,
    signal?: AbortSignal,
  ): Promise<void> {
    const options = { tag, ...signal && { signal } };
    await tagManifest(this.#scope, { descriptor, bytes }, options);
    await this.#uploads.forget(successors(descriptor, bytes).blobs);
  }

  /**
   * Fetches a manifest by tag or digest; `undefined` when it is not there.
   *
   * @throws {ContentMismatchError} when it has another digest than was asked for
   */
  fetchManifest(
    reference: string,
    signal?: AbortSignal,
  ): Promise<Manifest | undefined> {
    return fetchManifest(this.#scope, reference, signal && { signal });
  }

  /**
   * Opens a blob. A broken transfer goes on where it stood; the digest is for
   * the reader to verify.
   *
   * @throws {RegistryError} when the registry does not give it
   */
  open(
    descriptor: Descriptor,
    options: OpenBlobOptions = {},
  ): Promise<ReadableStream<Uint8Array>> {
    return openBlob(this.#scope, descriptor, options);
  }

  /**
   * Tells how many bytes the path to the repository takes in a second, by
   * sending a few megabytes that are given up again.
   *
   * @throws {RegistryError} when the registry takes no uploads
   */
  measureUpload(signal?: AbortSignal): Promise<number> {
    return measureUpload(this.#scope, signal && { signal });
  }

  /** Lists the tags; none when the repository is not there. */
  tags(options: ListOptions = {}): AsyncGenerator<string> {
    return listTags(this.#scope, options);
  }

  /** Lists the manifests whose subject is the given one. */
  referrers(
    subject: Digest,
    signal?: AbortSignal,
  ): Promise<readonly Descriptor[]> {
    return listReferrers(this.#scope, subject, signal && { signal });
  }

  /** Finds a way without sending the blob, or perhaps a session to send it in. */
  async #reuse(
    content: Omit<BlobContent, "open"> & { readonly digest: Digest },
    options: RepositoryPushOptions,
  ): Promise<PushResult | { session: UploadSession } | undefined> {
    const { mediaType, digest } = content;
    const { signal } = options;
    const descriptor = await this.#findBlob(content, signal);
    if (descriptor !== undefined) {
      return {
        descriptor: { mediaType, ...descriptor },
        outcome: "existing",
        bytesSent: 0,
      };
    }
    const lender = this.#ledger.lender(digest, this.location);
    if (lender === undefined || options.resume !== undefined) return undefined;
    const mount = await this.#mount({ digest, from: lender }, signal);
    if (mount?.mounted === false) return { session: mount.session };
    const mounted = mount && await this.#findBlob(content, signal);
    return mounted && {
      descriptor: { mediaType, ...mounted },
      outcome: "mounted",
      bytesSent: 0,
    };
  }

  /** Returns `undefined` when the registry refuses to mount, in any way. */
  async #mount(
    blob: { readonly digest: Digest; readonly from: string },
    signal: AbortSignal | undefined,
  ): Promise<MountResult | undefined> {
    try {
      return await mountBlob(this.#scope, blob, signal && { signal });
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof RegistryError || isTransient(error)) {
        return undefined;
      }
      throw error;
    }
  }

  async #findBlob(
    blob: { readonly digest: Digest; readonly size?: number },
    signal: AbortSignal | undefined,
  ): Promise<{ digest: Digest; size: number } | undefined> {
    const { digest, size } = blob;
    if (size !== undefined && this.#ledger.has(digest, this.location)) {
      return { digest, size };
    }
    const found = await findBlob(this.#scope, digest, signal && { signal });
    if (found === undefined) return undefined;
    checkBlobSize(blob, found.size, this.location);
    this.#ledger.add(digest, this.location);
    const known = size ?? found.size;
    return known === undefined ? undefined : { digest, size: known };
  }

  /** One update after the other, for each reads what the last one wrote. */
  async #addReferrer(
    manifest: Manifest,
    subject: Digest,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const before = this.#referrerUpdates.get(subject) ?? Promise.resolve();
    const update = before.catch(() => {}) // its own caller hears of it
      .then(() =>
        addReferrer(
          this.#scope,
          { manifest, subject },
          signal && { signal },
        )
      );
    this.#referrerUpdates.set(subject, update);
    await update;
  }
}
