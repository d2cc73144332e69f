import type { ImageSource, SourceImage } from "../content/image_source.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { type Digest, isDigest } from "../oci/digest.ts";
import { hasSuccessors } from "../oci/successors.ts";
import type { Manifest } from "./manifests.ts";
import { RegistryError } from "./registry_error.ts";
import type { Repository } from "./repository.ts";

/** What a source reads of a repository. */
export type ReadableRepository = Pick<
  Repository,
  "location" | "fetchManifest" | "exists" | "open" | "referrers"
>;

/** Options for {@linkcode openRegistrySource}. */
export interface RegistrySourceOptions {
  /** Tags and digests of the images. */
  readonly references: readonly string[];
  /**
   * Whether manifests about the images travel with them.
   *
   * @default {true}
   */
  readonly referrers?: boolean;
  /**
   * Whether the registry is asked for each blob before it is opened. It knows
   * then what the repository can lend to another one of the same registry.
   *
   * @default {false}
   */
  readonly checkBlobs?: boolean;
  /** Ends the requests. */
  readonly signal?: AbortSignal;
}

/**
 * Makes a source of images in one repository of a registry; nothing is asked
 * yet. Manifests are fetched once; blobs are streamed and, where a transfer
 * breaks, gone on with.
 */
export function openRegistrySource(
  repository: ReadableRepository,
  options: RegistrySourceOptions,
): ImageSource {
  return new RegistrySource(repository, options);
}

class RegistrySource implements ImageSource {
  readonly location: string;
  readonly warnings: readonly string[] = [];
  readonly #repository: ReadableRepository;
  readonly #options: RegistrySourceOptions;
  readonly #manifests = new Map<string, Promise<Manifest | undefined>>();
  readonly #referrers = new Map<Digest, Promise<readonly Descriptor[]>>();
  #images?: Promise<readonly SourceImage[]>;

  constructor(repository: ReadableRepository, options: RegistrySourceOptions) {
    this.location = repository.location;
    this.#repository = repository;
    this.#options = options;
  }

  images(): Promise<readonly SourceImage[]> {
    return this.#images ??= this.#resolveAll();
  }

  async has(descriptor: Descriptor): Promise<boolean> {
    if (hasSuccessors(descriptor)) {
      return await this.#manifest(descriptor.digest) !== undefined;
    }
    if (this.#options.checkBlobs !== true) return true;
    return await this.#repository.exists(descriptor, this.#options.signal);
  }

  async open(
    descriptor: Descriptor,
    offset = 0,
  ): Promise<ReadableStream<Uint8Array>> {
    if (!hasSuccessors(descriptor)) {
      const { signal } = this.#options;
      return await this.#repository.open(descriptor, {
        offset,
        ...signal && { signal },
      });
    }
    const { digest } = descriptor;
    const manifest = await this.#manifest(digest);
    if (manifest === undefined) throw this.#absent(digest);
    // A copy: the reader may give back its memory.
    return new Blob([manifest.bytes.slice(offset)]).stream();
  }

  /** Lists what is about the manifests that were read, and about these. */
  async referrers(): Promise<readonly Descriptor[]> {
    if (this.#options.referrers === false) return [];
    const found = new Map<Digest, Descriptor>();
    const subjects = [...this.#manifests.keys()].filter(isDigest);
    for (const subject of subjects) {
      for (const referrer of await this.#referrersOf(subject)) {
        if (!found.has(referrer.digest)) subjects.push(referrer.digest);
        found.set(referrer.digest, referrer);
      }
    }
    return [...found.values()];
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async #resolveAll(): Promise<readonly SourceImage[]> {
    const images: SourceImage[] = [];
    for (const reference of this.#options.references) {
      const manifest = await this.#manifest(reference);
      if (manifest === undefined) throw this.#absent(reference);
      const { descriptor } = manifest;
      this.#manifests.set(descriptor.digest, Promise.resolve(manifest));
      images.push({ names: [this.#nameOf(reference)], root: descriptor });
    }
    return images;
  }

  #manifest(reference: string): Promise<Manifest | undefined> {
    const known = this.#manifests.get(reference) ??
      this.#repository.fetchManifest(reference, this.#options.signal);
    this.#manifests.set(reference, known);
    return known;
  }

  #referrersOf(subject: Digest): Promise<readonly Descriptor[]> {
    const known = this.#referrers.get(subject) ??
      this.#repository.referrers(subject, this.#options.signal);
    this.#referrers.set(subject, known);
    return known;
  }

  #nameOf(reference: string): string {
    return `${this.location}${isDigest(reference) ? "@" : ":"}${reference}`;
  }

  #absent(reference: string): RegistryError {
    return new RegistryError(
      `Cannot fetch "${
        this.#nameOf(reference)
      }": the registry does not have it`,
      {
        method: "GET",
        path: `/v2/${this.location}/manifests/${reference}`,
        status: 404,
      },
    );
  }
}
