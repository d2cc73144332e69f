import type { Digest } from "../oci/digest.ts";
import type { Manifest } from "../registry/manifests.ts";
import type { Repository } from "../registry/repository.ts";
import { fetchNamed, formatImageName, type ImageName } from "./image_name.ts";
import type { RegistrySession } from "./registry_session.ts";
import type { Questions } from "./remove_question.ts";
import { findUses, type ManifestUse } from "./remove_tags.ts";

/** What is gone. */
export interface RemovedImage {
  /** The repository. */
  readonly repository: string;
  /** The tags that are gone. */
  readonly tags: readonly string[];
  /** The manifest that they led to. */
  readonly digest: Digest;
  /** Whether the manifest itself is gone, not only tags of it. */
  readonly isDeleted: boolean;
}

/** An image that was not removed, though the registry did not refuse it. */
export class RemovalError extends Error {
  /** Tells this class from other errors. */
  override readonly name = "RemovalError";
  /** What the user can do. */
  readonly recommendation?: string;

  /** Makes the error of what its fields say. */
  constructor(message: string, recommendation?: string) {
    super(message);
    if (recommendation !== undefined) this.recommendation = recommendation;
  }
}

/** Options for {@linkcode ImageRemover}. */
export interface ImageRemoverOptions {
  /** Whether nothing is asked. */
  readonly yes: boolean;
  /** Asks what is not sure. */
  readonly questions: Questions;
}

const TURN_ON =
  "Turn it on in the registry (distribution: storage.delete.enabled, REGISTRY_STORAGE_DELETE_ENABLED=true)";

/** Removes images from a registry, each with no more than is needed. */
export class ImageRemover {
  readonly #session: RegistrySession;
  readonly #options: ImageRemoverOptions;
  readonly #gone = new Set<string>();

  /** Makes a remover that has removed nothing. */
  constructor(session: RegistrySession, options: ImageRemoverOptions) {
    this.#session = session;
    this.#options = options;
  }

  /**
   * Removes a tag, or a manifest with all its tags.
   *
   * @returns `undefined` when it went with what was removed before
   * @throws {RemovalError} when the registry cannot, or nobody said yes
   * @throws {RegistryError} when it is not there, or the registry refuses
   */
  async remove(name: ImageName): Promise<RemovedImage | undefined> {
    const { tag, digest } = name;
    if (this.#gone.has(keyOf(name))) return undefined;
    const repository = this.#session.registry.repository(name.repository);
    const removed = tag === undefined
      ? await this.#removeManifest(repository, await this.#fetch(name))
      : await this.#removeTag(repository, { ...name, tag, digest });
    this.#note(removed);
    return removed;
  }

  #note({ repository, tags, digest, isDeleted }: RemovedImage): void {
    for (const tag of tags) this.#gone.add(keyOf({ repository, tag }));
    if (isDeleted) this.#gone.add(keyOf({ repository, digest }));
  }

  #fetch(name: ImageName): Promise<Manifest> {
    const { registry, io } = this.#session;
    const repository = registry.repository(name.repository);
    return fetchNamed(repository, name, io.signal);
  }

  async #removeTag(
    repository: Repository,
    wanted: { readonly tag: string; readonly digest: Digest | undefined },
  ): Promise<RemovedImage> {
    const { tag } = wanted;
    const { location } = repository;
    const manifest = await this.#fetch({ repository: location, tag });
    const { digest } = manifest.descriptor;
    if (wanted.digest !== undefined && wanted.digest !== digest) {
      throw new RemovalError(
        `Cannot remove "${location}:${tag}": it leads to "${digest}", not to "${wanted.digest}"`,
        "Look again: somebody may have pushed another image under that tag",
      );
    }
    const { registry, io } = this.#session;
    const outcome = await registry.deleteTag(repository, tag, {
      signal: io.signal,
    });
    if (outcome === "unsupported") {
      return await this.#removeManifest(repository, manifest, tag);
    }
    await this.#checkGone(repository, tag);
    return { repository: location, tags: [tag], digest, isDeleted: false };
  }

  /** @param tag the one that was to go, where it cannot go alone */
  async #removeManifest(
    repository: Repository,
    manifest: Manifest,
    tag?: string,
  ): Promise<RemovedImage> {
    const { registry, io } = this.#session;
    const { signal } = io;
    const { digest } = manifest.descriptor;
    const uses = await findUses(repository, digest, signal);
    await this.#ask({ repository: repository.location, digest, tag, uses });
    const outcome = await registry.deleteManifest(repository, manifest, {
      signal,
    });
    if (outcome === "unsupported") {
      throw new RemovalError(
        `Cannot remove "${repository.location}@${digest}": the registry deletes nothing (405)`,
        TURN_ON,
      );
    }
    for (const used of uses.tags) await this.#dropTag(repository, used, digest);
    await this.#checkGone(repository, digest);
    const { tags } = uses;
    return { repository: repository.location, tags, digest, isDeleted: true };
  }

  /** Go-containerregistry's server keeps the tags of a deleted manifest. */
  async #dropTag(
    repository: Repository,
    tag: string,
    digest: Digest,
  ): Promise<void> {
    const { registry, io } = this.#session;
    const { signal } = io;
    const left = await repository.fetchManifest(tag, signal);
    if (left?.descriptor.digest !== digest) return;
    await registry.deleteTag(repository, tag, { signal });
    await this.#checkGone(repository, tag);
  }

  async #checkGone(repository: Repository, reference: string): Promise<void> {
    const { io } = this.#session;
    const left = await repository.fetchManifest(reference, io.signal);
    if (left === undefined) return;
    throw new RemovalError(
      `Cannot remove "${reference}" of "${repository.location}": the registry says that it is deleted, but still has it`,
      "A cache in front of the registry may show it for a while",
    );
  }

  async #ask(removal: Removal): Promise<void> {
    const { yes, questions } = this.#options;
    const doubt = doubtAbout(removal);
    if (yes || doubt === undefined) return;
    const name = formatImageName({
      repository: removal.repository,
      ...removal.tag === undefined
        ? { digest: removal.digest }
        : { tag: removal.tag },
    });
    if (!questions.canAsk) {
      throw new RemovalError(
        `Cannot remove "${name}" without a word from you: ${doubt}`,
        "Say --yes if that is what you want",
      );
    }
    const agreed = await questions.confirm(`${name}: ${doubt}. Delete?`);
    if (agreed) return;
    throw new RemovalError(`Cannot remove "${name}": you did not agree`);
  }
}

interface Removal {
  readonly repository: string;
  readonly digest: Digest;
  readonly tag: string | undefined;
  readonly uses: ManifestUse;
}

/** Says what else would go; `undefined` when there is nothing to say. */
function doubtAbout({ digest, tag, uses }: Removal): string | undefined {
  const others = uses.tags.filter((other) => other !== tag);
  const parts = [
    ...tag === undefined
      ? []
      : [`the registry cannot delete a tag alone, only the manifest ${digest}`],
    ...others.length === 0 ? [] : [`with it go the tags ${others.join(", ")}`],
    ...uses.indexTags.length === 0
      ? []
      : [`the images ${uses.indexTags.join(", ")} lose a platform`],
  ];
  return parts.length === 0 ? undefined : parts.join("; ");
}

function keyOf(name: ImageName): string {
  const { repository, tag, digest } = name;
  return tag === undefined ? `${repository}@${digest}` : `${repository}:${tag}`;
}
