import { join } from "node:path";
import { type Digest, digestAlgorithm, isDigest } from "../oci/digest.ts";
import { isIndexType } from "../oci/media_type.ts";
import { digestFile } from "./digest_file.ts";
import {
  isThere,
  makeDirectory,
  namesIn,
  readIfThere,
  removeIfThere,
} from "./durable_file.ts";
import { RegistryStore } from "./registry_store.ts";
import type { LinkKind } from "./store_layout.ts";
import { parseStoredManifest, type StoredManifest } from "./stored_manifest.ts";

/** What can be wrong with a store. */
export type CheckProblemKind =
  /** Content that has another digest than its name says. */
  | "damaged-content"
  /** A link to content that is not there. */
  | "link-to-nothing"
  /** A link file that does not say what its name says. */
  | "damaged-link"
  /** A tag that points to no manifest of its repository. */
  | "tag-of-nothing"
  /** A manifest that cannot be read. */
  | "damaged-manifest"
  /** A manifest whose blob is not there, or not linked. */
  | "missing-blob"
  /** A list of referrers that lacks one, or has one too many. */
  | "referrers";

/** Something wrong with a store. */
export interface CheckProblem {
  /** What sort of problem it is. */
  readonly kind: CheckProblemKind;
  /** What it is, as a sentence. */
  readonly message: string;
  /** Whether it is right now. */
  readonly repaired: boolean;
}

/** What a check of a store found. */
export interface CheckReport {
  /** Repositories that were checked. */
  readonly repositories: number;
  /** Manifests of all repositories. */
  readonly manifests: number;
  /** Tags of all repositories. */
  readonly tags: number;
  /** Blobs and manifests whose bytes were read. */
  readonly blobs: number;
  /** Bytes that were read. */
  readonly bytes: number;
  /** All that is wrong, or was until now. */
  readonly problems: readonly CheckProblem[];
}

/** Options for {@linkcode checkStore}. */
export interface CheckOptions {
  /**
   * Put right what can be put right: damaged content goes to `damaged/` in the
   * data directory, so that a client sends it again; links and tags that lead
   * nowhere go; links and referrers that lack are made. Default false.
   */
  readonly repair?: boolean;
  /** Called with each problem as it is found. */
  readonly onProblem?: (problem: CheckProblem) => void;
}

/**
 * Reads all of a store and compares it with what its names say.
 *
 * @throws {StoreLockedError} when a server runs on the store
 */
export async function checkStore(
  dataDir: string,
  options: CheckOptions = {},
): Promise<CheckReport> {
  if (!await isThere(dataDir)) {
    throw new Deno.errors.NotFound(
      `Cannot check the store "${dataDir}": there is no such directory`,
    );
  }
  const store = await RegistryStore.open(dataDir);
  try {
    return await new StoreCheck(store, dataDir, options).run();
  } finally {
    store.close();
  }
}

class StoreCheck {
  readonly #store: RegistryStore;
  readonly #quarantine: string;
  readonly #repair: boolean;
  readonly #onProblem: (problem: CheckProblem) => void;
  readonly #problems: CheckProblem[] = [];
  readonly #sound = new Set<Digest>();
  readonly #count = { repositories: 0, manifests: 0, tags: 0 };
  #bytes = 0;

  constructor(store: RegistryStore, dataDir: string, options: CheckOptions) {
    this.#store = store;
    this.#quarantine = join(dataDir, "damaged");
    this.#repair = options.repair ?? false;
    this.#onProblem = options.onProblem ?? (() => {});
  }

  async run(): Promise<CheckReport> {
    const { blobs, repositories } = this.#store;
    let read = 0;
    for await (const digest of blobs.digests()) {
      read++;
      await this.#checkContent(digest);
    }
    for await (const name of repositories.names()) {
      this.#count.repositories++;
      for (const kind of ["layer", "revision"] as const) {
        await this.#checkLinks(name, kind);
      }
      await this.#checkTags(name);
      await this.#checkManifests(name);
    }
    return {
      ...this.#count,
      blobs: read,
      bytes: this.#bytes,
      problems: this.#problems,
    };
  }

  async #checkContent(digest: Digest): Promise<void> {
    const path = this.#store.layout.blob(digest);
    const size = await this.#store.blobs.size(digest);
    if (size === undefined) return;
    this.#bytes += size;
    const actual = await digestFile(path, digestAlgorithm(digest));
    if (actual === digest) {
      this.#sound.add(digest);
      return;
    }
    await this.#found(
      "damaged-content",
      `The content "${digest}" has the digest ${actual}`,
      async () => {
        await makeDirectory(this.#quarantine);
        const name = digest.replace(":", "-");
        await Deno.rename(path, join(this.#quarantine, name));
        this.#store.budget.giveBack(size);
      },
    );
  }

  async #checkLinks(name: string, kind: LinkKind): Promise<void> {
    const { layout, repositories } = this.#store;
    const links = await repositories.links(name, kind);
    for (const digest of links.keys()) {
      const text = await readText(layout.link(name, kind, digest));
      if (!this.#sound.has(digest)) {
        await this.#found(
          "link-to-nothing",
          `The ${kind} "${digest}" of "${name}" is not in the store`,
          () => repositories.unlink(name, kind, digest),
        );
      } else if (text !== digest) {
        await this.#found(
          "damaged-link",
          `The link to the ${kind} "${digest}" of "${name}" says "${text}"`,
          async () => {
            await repositories.unlink(name, kind, digest);
            await repositories.link(name, kind, digest);
          },
        );
      }
    }
  }

  async #checkTags(name: string): Promise<void> {
    const { layout, repositories } = this.#store;
    for (const tag of await repositories.tags(name)) {
      this.#count.tags++;
      const digest = await readText(layout.tagLink(name, tag));
      const there = isDigest(digest) && this.#sound.has(digest) &&
        await repositories.has(name, "revision", digest);
      if (there) continue;
      await this.#found(
        "tag-of-nothing",
        `The tag "${tag}" of "${name}" points to "${digest}", which is not there`,
        () => removeIfThere(layout.tag(name, tag)),
      );
    }
  }

  async #checkManifests(name: string): Promise<void> {
    const revisions = await this.#store.repositories.links(name, "revision");
    const referrers = new Set<string>();
    for (const digest of revisions.keys()) {
      this.#count.manifests++;
      const manifest = await this.#readManifest(name, digest);
      if (manifest === undefined) continue;
      await this.#checkBlobs(name, digest, manifest);
      if (manifest.subject === undefined) continue;
      referrers.add(
        this.#store.layout.referrer(name, manifest.subject, digest),
      );
    }
    await this.#checkReferrers(name, referrers);
  }

  async #readManifest(
    name: string,
    digest: Digest,
  ): Promise<StoredManifest | undefined> {
    const bytes = await this.#store.blobs.read(digest);
    // A damaged one was told of already.
    if (bytes === undefined || !this.#sound.has(digest)) return undefined;
    try {
      return parseStoredManifest(bytes, `the manifest ${digest}`);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      await this.#found("damaged-manifest", `${error.message}, in "${name}"`);
      return undefined;
    }
  }

  async #checkBlobs(
    name: string,
    digest: Digest,
    manifest: StoredManifest,
  ): Promise<void> {
    // The parts of an index need not be there.
    if (isIndexType(manifest.mediaType)) return;
    const { repositories } = this.#store;
    for (const blob of manifest.blobs) {
      const sound = this.#sound.has(blob);
      if (sound && await repositories.has(name, "layer", blob)) continue;
      await this.#found(
        "missing-blob",
        `The manifest "${digest}" of "${name}" needs the blob "${blob}", which is not there`,
        sound ? () => repositories.link(name, "layer", blob) : undefined,
      );
    }
  }

  async #checkReferrers(
    name: string,
    expected: ReadonlySet<string>,
  ): Promise<void> {
    const { layout, referrers } = this.#store;
    // Where there is no list yet, the server makes it when it is asked.
    if (!await isThere(layout.referrersComplete(name))) return;
    const there = new Set(await filesBelow(layout.referrers(name)));
    there.delete(layout.referrersComplete(name));
    for (const path of there) {
      if (expected.has(path)) continue;
      await this.#found(
        "referrers",
        `The list of referrers of "${name}" has one too many: ${path}`,
        () => removeIfThere(path),
      );
    }
    for (const path of expected) {
      if (there.has(path)) continue;
      await this.#found(
        "referrers",
        `The list of referrers of "${name}" lacks one: ${path}`,
        () => referrers.rebuild(name),
      );
    }
  }

  async #found(
    kind: CheckProblemKind,
    message: string,
    repair?: () => Promise<unknown>,
  ): Promise<void> {
    const repaired = this.#repair && repair !== undefined;
    if (repaired) await repair();
    const problem = { kind, message, repaired };
    this.#problems.push(problem);
    this.#onProblem(problem);
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
