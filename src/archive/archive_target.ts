import { join } from "node:path";
import type { BlobContent } from "../content/blob_content.ts";
import { ContentMismatchError } from "../content/content_mismatch_error.ts";
import type { PushOptions, PushResult } from "../content/image_target.ts";
import { receiveBlob } from "../content/receive_blob.ts";
import type { AbandonOptions, StagedTarget } from "../content/staged_target.ts";
import { verifyBytes } from "../content/verify.ts";
import { WorkLimit } from "../content/work_limit.ts";
import { blobPath } from "../layout/blob_path.ts";
import { writeDraft } from "../layout/draft_file.ts";
import { removeIfThere } from "../layout/durable_file.ts";
import { openFileRange } from "../layout/file_range.ts";
import { LAYOUT_MARKER, newIndex } from "../layout/index_update.ts";
import { WrittenImages } from "../layout/written_images.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import type { ArchiveOutput, StartedEntry } from "./archive_output.ts";
import type { ArchiveFormat } from "./detect.ts";
import { dockerManifest } from "./docker_images.ts";
import { tarEnd, tarHeader, tarPadding } from "./tar_writer.ts";

/** A blob whose digest and size are known. */
type KnownContent = BlobContent & Descriptor;

/**
 * An archive of images: a tar of an OCI image layout and, as a docker-archive,
 * with a `manifest.json` over the same blobs, as `docker save` writes it since
 * Docker 25. Blobs come one after the other, in the order in which they are
 * pushed; the same images give the same bytes.
 *
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md
 */
export class ArchiveTarget implements StagedTarget {
  /** Where the archive goes, for messages. */
  readonly location: string;
  readonly #output: ArchiveOutput;
  readonly #format: ArchiveFormat;
  readonly #turns = new WorkLimit(1);
  readonly #blobs: Map<Digest, number>;
  readonly #manifests = new Map<Digest, Uint8Array>();
  readonly #images = new WrittenImages();
  #started: StartedEntry | undefined;
  /** Whether the archive ends inside an entry. */
  #isBroken = false;

  /** Makes a target of the form `format`. */
  constructor(output: ArchiveOutput, format: ArchiveFormat) {
    this.location = output.location;
    this.#output = output;
    this.#format = format;
    this.#blobs = new Map(output.blobs);
    this.#started = output.started;
  }

  /** Tells whether a blob is in the archive, or a manifest will be. */
  exists({ digest }: Descriptor): Promise<boolean> {
    return Promise.resolve(
      this.#blobs.has(digest) || this.#manifests.has(digest),
    );
  }

  /**
   * Writes a blob behind those before it. One whose digest or size is not known
   * beforehand is written to a temporary file first.
   *
   * @throws {ContentMismatchError} when size or digest is not what was said
   */
  async push(
    content: BlobContent,
    options: PushOptions = {},
  ): Promise<PushResult> {
    return await this.#turns.run(async () => {
      this.#refuseBroken();
      const { mediaType, digest, size } = content;
      return digest === undefined || size === undefined
        ? await this.#pushSpooled(content, options)
        : await this.#pushKnown(
          { ...content, mediaType, digest, size },
          options,
        );
    });
  }

  /** Keeps a manifest for the end of the archive. */
  pushManifest(descriptor: Descriptor, bytes: Uint8Array): Promise<void> {
    const { digest } = descriptor;
    return Promise.resolve().then(() => {
      verifyBytes(bytes, descriptor, `the manifest ${digest}`);
      this.#images.add(descriptor, bytes);
      this.#manifests.set(digest, bytes);
    });
  }

  /** Names an image; for a docker-archive it must be of one platform. */
  tag(descriptor: Descriptor, _bytes: Uint8Array, name: string): Promise<void> {
    this.#images.name(descriptor, name);
    return Promise.resolve();
  }

  /** Lists an image without a name. */
  list(descriptor: Descriptor): void {
    this.#images.name(descriptor);
  }

  /**
   * Writes manifests and names, ends the archive and shows it.
   *
   * @throws {NotForDockerError} when a docker-archive cannot hold an image
   */
  async commit(): Promise<void> {
    this.#refuseBroken();
    const docker = this.#format === "docker-archive"
      ? dockerManifest(this.#images.names, this.#manifests)
      : undefined;
    await this.#forgetStarted();
    for (const [digest, bytes] of this.#manifests) {
      await this.#writeSmall(blobPath(digest), bytes);
    }
    const index = newIndex(this.#images.entries());
    await this.#writeSmall("index.json", index);
    if (docker !== undefined) await this.#writeSmall("manifest.json", docker);
    await this.#writeSmall("oci-layout", LAYOUT_MARKER);
    await this.#output.write(tarEnd());
    await this.#output.commit();
  }

  /** Gives up what was not committed. */
  async abandon(options: AbandonOptions): Promise<void> {
    await this.#output.abandon(options);
  }

  /** Behind half a blob there is no place for anything. */
  #refuseBroken(): void {
    if (!this.#isBroken) return;
    throw new Error(
      `Cannot write "${this.location}": a blob before this one broke off`,
    );
  }

  async #pushKnown(
    content: KnownContent,
    options: PushOptions,
  ): Promise<PushResult> {
    const { mediaType, digest, size } = content;
    const descriptor = { mediaType, digest, size };
    if (this.#blobs.has(digest)) {
      return { descriptor, outcome: "existing", bytesSent: 0 };
    }
    const bytesSent = await this.#append(content, options);
    this.#blobs.set(digest, size);
    return { descriptor, outcome: "written", bytesSent };
  }

  /** Returns how many bytes were read for it. */
  async #append(content: KnownContent, options: PushOptions): Promise<number> {
    const started = await this.#takeStarted(content);
    if (started === undefined) return await this.#appendWhole(content, options);
    try {
      return await this.#fill(content, { ...options, start: started.start });
    } catch (error) {
      if (!(error instanceof ContentMismatchError)) throw error;
      // A crash can leave other bytes than those that were written.
      await this.#output.rewind?.(started.position);
      this.#isBroken = false;
      return await this.#appendWhole(content, options);
    }
  }

  async #appendWhole(
    content: KnownContent,
    options: PushOptions,
  ): Promise<number> {
    const name = blobPath(content.digest);
    const { size } = content;
    await this.#output.write(tarHeader({ type: "file", name, size }));
    return await this.#fill(content, options);
  }

  async #fill(
    content: KnownContent,
    options: PushOptions & Partial<Pick<StartedEntry, "start">>,
  ): Promise<number> {
    this.#isBroken = true;
    const { bytesRead } = await receiveBlob(content, {
      ...options,
      write: (bytes) => this.#output.write(bytes),
    });
    await this.#output.write(tarPadding(content.size));
    this.#isBroken = false;
    return bytesRead;
  }

  async #pushSpooled(
    content: BlobContent,
    options: PushOptions,
  ): Promise<PushResult> {
    const path = join(this.#output.tempDir, `.k8scr-${crypto.randomUUID()}`);
    const { mediaType } = content;
    try {
      const blob = await writeDraft(content, path, options);
      const { digest, size, bytesRead } = blob;
      const open = (offset = 0) =>
        openFileRange({ path, offset, size: size - offset }, {
          endsEarly: () => new Error(`The file "${path}" was changed`),
        });
      const { signal } = options;
      const known = { mediaType, digest, size, open };
      const result = await this.#pushKnown(known, signal ? { signal } : {});
      return { ...result, bytesSent: bytesRead };
    } finally {
      await removeIfThere(path);
    }
  }

  /** Where an earlier run was cut off in another blob, that one is dropped. */
  async #takeStarted(
    { digest }: KnownContent,
  ): Promise<StartedEntry | undefined> {
    const started = this.#started;
    if (started?.digest !== digest) {
      await this.#forgetStarted();
      return undefined;
    }
    this.#started = undefined;
    return started;
  }

  async #forgetStarted(): Promise<void> {
    if (this.#started === undefined) return;
    await this.#output.rewind?.(this.#started.position);
    this.#started = undefined;
  }

  async #writeSmall(name: string, bytes: Uint8Array): Promise<void> {
    const size = bytes.length;
    await this.#output.write(tarHeader({ type: "file", name, size }));
    await this.#output.write(bytes);
    await this.#output.write(tarPadding(size));
  }
}
