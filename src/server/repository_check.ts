import { basename, join } from "node:path";
import { type Digest, isDigest } from "../oci/digest.ts";
import { isIndexType } from "../oci/media_type.ts";
import {
  isThere,
  namesIn,
  readIfThere,
  removeIfThere,
} from "./durable_file.ts";
import type { RegistryStore } from "./registry_store.ts";
import type { LinkKind } from "./store_layout.ts";
import type { StoreProblems } from "./store_problems.ts";
import { parseStoredManifest, type StoredManifest } from "./stored_manifest.ts";

/** What a check of a repository needs. */
export interface RepositoryCheckOptions {
  /** The content whose bytes are what they should be. */
  readonly sound: ReadonlySet<Digest>;
  /** Takes what is wrong. */
  readonly problems: StoreProblems;
}

/** What a repository has. */
export interface RepositoryCount {
  /** Its manifests. */
  readonly manifests: number;
  /** Its tags. */
  readonly tags: number;
}

/** Compares one repository with the content that is sound. */
export class RepositoryCheck {
  readonly #store: RegistryStore;
  readonly #name: string;
  readonly #sound: ReadonlySet<Digest>;
  readonly #problems: StoreProblems;

  /** Checks the repository of this name. */
  constructor(
    store: RegistryStore,
    name: string,
    { sound, problems }: RepositoryCheckOptions,
  ) {
    this.#store = store;
    this.#name = name;
    this.#sound = sound;
    this.#problems = problems;
  }

  /** Checks links, tags, manifests and the list of referrers. */
  async run(): Promise<RepositoryCount> {
    await this.#checkLinks("layer");
    await this.#checkLinks("revision");
    const tags = await this.#checkTags();
    return { tags, manifests: await this.#checkManifests() };
  }

  async #checkLinks(kind: LinkKind): Promise<void> {
    const { layout, repositories } = this.#store;
    const links = await repositories.links(this.#name, kind);
    for (const digest of links.keys()) {
      const text = await readText(layout.link(this.#name, kind, digest));
      if (!this.#sound.has(digest)) {
        await this.#problems.add(
          "link-to-nothing",
          `The ${kind} "${digest}" of "${this.#name}" is not in the store`,
          () => repositories.unlink(this.#name, kind, digest),
        );
      } else if (text !== digest) {
        await this.#problems.add(
          "damaged-link",
          `The link to the ${kind} "${digest}" of "${this.#name}" says "${text}"`,
          async () => {
            await repositories.unlink(this.#name, kind, digest);
            await repositories.link(this.#name, kind, digest);
          },
        );
      }
    }
  }

  async #checkTags(): Promise<number> {
    const { layout, repositories } = this.#store;
    const tags = await repositories.tags(this.#name);
    for (const tag of tags) {
      const digest = await readText(layout.tagLink(this.#name, tag));
      const there = isDigest(digest) && this.#sound.has(digest) &&
        await repositories.has(this.#name, "revision", digest);
      if (there) continue;
      await this.#problems.add(
        "tag-of-nothing",
        `The tag "${tag}" of "${this.#name}" points to "${digest}", which is not there`,
        () => removeIfThere(layout.tag(this.#name, tag)),
      );
    }
    return tags.length;
  }

  async #checkManifests(): Promise<number> {
    const { layout, repositories } = this.#store;
    const revisions = await repositories.links(this.#name, "revision");
    const referrers = new Set<string>();
    for (const digest of revisions.keys()) {
      const manifest = await this.#readManifest(digest);
      if (manifest === undefined) continue;
      await this.#checkBlobs(digest, manifest);
      if (manifest.subject === undefined) continue;
      const path = layout.referrer(this.#name, manifest.subject, digest);
      referrers.add(path);
    }
    await this.#checkReferrers(referrers);
    return revisions.size;
  }

  async #readManifest(digest: Digest): Promise<StoredManifest | undefined> {
    const bytes = await this.#store.blobs.read(digest);
    // A damaged one was told of already.
    if (bytes === undefined || !this.#sound.has(digest)) return undefined;
    try {
      return parseStoredManifest(bytes, `the manifest ${digest}`);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      await this.#problems.add(
        "damaged-manifest",
        `${error.message}, in "${this.#name}"`,
      );
      return undefined;
    }
  }

  async #checkBlobs(digest: Digest, manifest: StoredManifest): Promise<void> {
    // The parts of an index need not be there.
    if (isIndexType(manifest.mediaType)) return;
    const { repositories } = this.#store;
    for (const blob of manifest.blobs) {
      const sound = this.#sound.has(blob);
      if (sound && await repositories.has(this.#name, "layer", blob)) continue;
      await this.#problems.add(
        "missing-blob",
        `The manifest "${digest}" of "${this.#name}" needs the blob "${blob}", which is not there`,
        sound ? () => repositories.link(this.#name, "layer", blob) : undefined,
      );
    }
  }

  async #checkReferrers(expected: ReadonlySet<string>): Promise<void> {
    const { layout, referrers } = this.#store;
    // Where there is no list yet, the server makes it when it is asked.
    if (!await isThere(layout.referrersComplete(this.#name))) return;
    const there = new Set(await filesBelow(layout.referrers(this.#name)));
    there.delete(layout.referrersComplete(this.#name));
    const listed = new Set([...expected].map((path) => basename(path)));
    for (const path of there) {
      // One of a manifest that is not there is what a crash may leave before
      // it acknowledges the manifest, and the server does not show it.
      if (expected.has(path) || !listed.has(basename(path))) continue;
      await this.#problems.add(
        "referrers",
        `The list of referrers of "${this.#name}" has one too many: ${path}`,
        () => removeIfThere(path),
      );
    }
    for (const path of expected) {
      if (there.has(path)) continue;
      await this.#problems.add(
        "referrers",
        `The list of referrers of "${this.#name}" lacks one: ${path}`,
        () => referrers.rebuild(this.#name),
      );
    }
  }
}

async function readText(path: string): Promise<string> {
  const bytes = await readIfThere(path) ?? new Uint8Array();
  return new TextDecoder().decode(bytes).trim();
}

async function filesBelow(directory: string): Promise<string[]> {
  const files: string[] = [];
  for (const name of await namesIn(directory)) {
    const path = join(directory, name);
    const { isDirectory } = await Deno.stat(path);
    if (isDirectory) files.push(...await filesBelow(path));
    else files.push(path);
  }
  return files;
}
