import type { Digest } from "../oci/digest.ts";
import type { RegistryStore } from "./registry_store.ts";
import { parseStoredManifest, type StoredManifest } from "./stored_manifest.ts";

/** Options for {@linkcode collectGarbage}. */
export interface GcOptions {
  /**
   * Milliseconds that content stays though nothing needs it: manifests that
   * were pushed by digest, blobs whose manifest is still to come, uploads.
   */
  readonly grace: number;
}

/** What a garbage collection removed. */
export interface GcReport {
  /** Manifests that were removed from a repository. */
  readonly manifests: number;
  /** Links of repositories to blobs that were removed. */
  readonly links: number;
  /** Blobs and manifests that no repository had any more. */
  readonly blobs: number;
  /** Upload sessions that nobody went on with. */
  readonly uploads: number;
  /** Bytes that are free now. */
  readonly bytes: number;
  /** How long it took. */
  readonly seconds: number;
}

/**
 * Removes what nothing needs, while the store is in use. A repository needs
 * what its tags point to, manifests and blobs that were pushed, or told to a
 * client, within the grace period, what those list, and the referrers of all
 * these.
 */
export async function collectGarbage(
  store: RegistryStore,
  options: GcOptions,
): Promise<GcReport> {
  const started = performance.now();
  using _collection = store.guard.beginCollection();
  const time = Date.now() - options.grace;
  const count = { manifests: 0, links: 0, blobs: 0, uploads: 0, bytes: 0 };
  const before = store.budget.used;
  for await (const name of store.repositories.names()) {
    count.uploads += await store.uploads.purge(name, time);
    count.manifests += await new RepositorySweep(store, name, time).run();
    count.links += await sweepLayers(store, name, time);
  }
  count.bytes = Math.max(0, before - store.budget.used);
  const needed = await linkedDigests(store);
  for await (const digest of store.blobs.digests()) {
    if (needed.has(digest) || store.guard.isHeld(digest)) continue;
    const bytes = store.blobs.removeOlder(digest, time);
    if (bytes === undefined) continue;
    count.blobs++;
    count.bytes += bytes;
  }
  return { ...count, seconds: (performance.now() - started) / 1000 };
}

/** Removes the manifests of one repository that nothing needs. */
class RepositorySweep {
  readonly #store: RegistryStore;
  readonly #name: string;
  readonly #time: number;
  readonly #manifests = new Map<Digest, StoredManifest | undefined>();
  readonly #referrers = new Map<Digest, Digest[]>();
  readonly #live = new Set<Digest>();

  constructor(store: RegistryStore, name: string, time: number) {
    this.#store = store;
    this.#name = name;
    this.#time = time;
  }

  async run(): Promise<number> {
    const { repositories } = this.#store;
    const revisions = await repositories.links(this.#name, "revision");
    if (revisions.size === 0) return 0;
    for (const digest of revisions.keys()) await this.#read(digest);
    for (const digest of (await repositories.tagged(this.#name)).values()) {
      this.#keep(digest);
    }
    for (const [digest, told] of revisions) {
      if (told > this.#time) this.#keep(digest);
    }
    // What it needs is not known, so all that is there may be needed.
    if (this.#needsUnreadable) return 0;
    let removed = 0;
    for (const digest of this.#deadParentsFirst()) {
      if (this.#remove(digest)) removed++;
    }
    return removed;
  }

  get #needsUnreadable(): boolean {
    return [...this.#live].some((it) => this.#manifests.get(it) === undefined);
  }

  async #read(digest: Digest): Promise<void> {
    const manifest = await readManifest(this.#store, digest);
    this.#manifests.set(digest, manifest);
    if (manifest?.subject === undefined) return;
    const others = this.#referrers.get(manifest.subject) ?? [];
    this.#referrers.set(manifest.subject, [...others, digest]);
  }

  /** What stays because of a manifest: its children and its referrers. */
  #dependents(digest: Digest): readonly Digest[] {
    const children = this.#manifests.get(digest)?.manifests ?? [];
    const referrers = this.#referrers.get(digest) ?? [];
    return [...children, ...referrers].filter((it) => this.#manifests.has(it));
  }

  #keep(root: Digest): void {
    const waiting = [root];
    for (let it = waiting.pop(); it !== undefined; it = waiting.pop()) {
      if (this.#live.has(it)) continue;
      this.#live.add(it);
      waiting.push(...this.#dependents(it));
    }
  }

  /**
   * Orders what is dead so that whatever may save a manifest is looked at
   * before it: a client may be told of an index at any moment, and its children
   * have to be there then.
   */
  #deadParentsFirst(): Digest[] {
    const order: Digest[] = [];
    const seen = new Set<Digest>(this.#live);
    for (const root of this.#manifests.keys()) {
      const path = [{ digest: root, left: [root] }];
      for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
        const next = top.left.pop();
        if (next === undefined) {
          path.pop();
          if (path.length > 0) order.push(top.digest);
        } else if (!seen.has(next)) {
          seen.add(next);
          path.push({ digest: next, left: [...this.#dependents(next)] });
        }
      }
    }
    return order.reverse();
  }

  #remove(digest: Digest): boolean {
    const { guard, repositories, referrers } = this.#store;
    if (this.#live.has(digest)) return false;
    // No await between the question and the removal: see RetentionGuard.
    const link = { kind: "revision", digest, time: this.#time } as const;
    const held = guard.isHeld(digest);
    if (held || !repositories.unlinkOlder(this.#name, link)) {
      this.#keep(digest);
      return false;
    }
    const subject = this.#manifests.get(digest)?.subject;
    if (subject !== undefined) {
      referrers.remove(this.#name, subject, digest);
    }
    return true;
  }
}

/** Removes links to blobs that no manifest which is left needs. */
async function sweepLayers(
  store: RegistryStore,
  name: string,
  time: number,
): Promise<number> {
  const { repositories, guard } = store;
  const needed = new Set<Digest>();
  const revisions = await repositories.links(name, "revision");
  for (const digest of revisions.keys()) {
    const manifest = await readManifest(store, digest);
    // What it needs is not known, so all that is there may be needed.
    if (manifest === undefined) return 0;
    for (const blob of manifest.blobs) needed.add(blob);
  }
  let removed = 0;
  for (const digest of (await repositories.links(name, "layer")).keys()) {
    if (needed.has(digest) || guard.isHeld(digest)) continue;
    const link = { kind: "layer", digest, time } as const;
    if (repositories.unlinkOlder(name, link)) removed++;
  }
  return removed;
}

async function linkedDigests(store: RegistryStore): Promise<Set<Digest>> {
  const linked = new Set<Digest>();
  for await (const name of store.repositories.names()) {
    for (const kind of ["layer", "revision"] as const) {
      const links = await store.repositories.links(name, kind);
      for (const digest of links.keys()) linked.add(digest);
    }
  }
  return linked;
}

async function readManifest(
  store: RegistryStore,
  digest: Digest,
): Promise<StoredManifest | undefined> {
  const bytes = await store.blobs.read(digest);
  if (bytes === undefined) return undefined;
  try {
    return parseStoredManifest(bytes, `the manifest ${digest}`);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
