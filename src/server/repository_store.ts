import { dirname } from "node:path";
import { syncDirectory } from "../content/file_access.ts";
import { type Digest, isDigest, parseDigest } from "../oci/digest.ts";
import {
  fileInfo,
  isAbsent,
  isThere,
  namesIn,
  readIfThere,
  removeIfThere,
  writeDurably,
} from "./durable_file.ts";
import { KeyedMutex } from "./keyed_mutex.ts";
import type { LinkKind, StoreLayout } from "./store_layout.ts";

/**
 * Milliseconds that a link may be old before telling a client about it makes
 * it young again: far below any grace period, and one write a minute at most.
 */
const TOUCH_AFTER = 60_000;

/** Options for {@linkcode RepositoryStore}. */
export interface RepositoryStoreOptions {
  /** Nothing is written, not even a time. Default false. */
  readonly readOnly?: boolean;
}

/** What each repository has: links to content, and tags. */
export class RepositoryStore {
  readonly #layout: StoreLayout;
  readonly #readOnly: boolean;
  readonly #changes = new KeyedMutex();

  /** Uses a store that is laid out already. */
  constructor(layout: StoreLayout, options: RepositoryStoreOptions = {}) {
    this.#layout = layout;
    this.#readOnly = options.readOnly ?? false;
  }

  /** Tells whether a repository links to content. */
  async has(name: string, kind: LinkKind, digest: Digest): Promise<boolean> {
    return await isThere(this.#layout.link(name, kind, digest));
  }

  /** Links a repository to content that the store has, durably. */
  async link(name: string, kind: LinkKind, digest: Digest): Promise<void> {
    const path = this.#layout.link(name, kind, digest);
    await this.#changes.run(path, async () => {
      if (await this.touch(name, kind, digest)) return;
      await this.#write(path, digest);
    });
  }

  /**
   * Makes a link young, so that garbage collection leaves the content to the
   * client that is told about it.
   *
   * @returns whether the link is there
   */
  async touch(name: string, kind: LinkKind, digest: Digest): Promise<boolean> {
    const path = this.#layout.link(name, kind, digest);
    const info = await fileInfo(path);
    if (info === undefined) return false;
    const age = Date.now() - (info.mtime?.getTime() ?? 0);
    if (age < TOUCH_AFTER || this.#readOnly) return true;
    try {
      const now = new Date();
      await Deno.utime(path, now, now);
      return true;
    } catch (error) {
      if (isAbsent(error)) return false;
      throw error;
    }
  }

  /** Removes a link; tells whether it was there. */
  async unlink(name: string, kind: LinkKind, digest: Digest): Promise<boolean> {
    const path = this.#layout.link(name, kind, digest);
    return await this.#changes.run(path, () => removeDurably(dirname(path)));
  }

  /**
   * Removes a link in this turn of the event loop, if it was last written
   * before a time; tells whether it did.
   */
  unlinkOlder(
    name: string,
    { kind, digest, time }: { kind: LinkKind; digest: Digest; time: number },
  ): boolean {
    const path = this.#layout.link(name, kind, digest);
    try {
      const { mtime } = Deno.statSync(path);
      if (mtime !== null && mtime.getTime() > time) return false;
      Deno.removeSync(dirname(path), { recursive: true });
      return true;
    } catch (error) {
      if (isAbsent(error)) return false;
      throw error;
    }
  }

  /** Lists what a repository links to, with the time each was last told. */
  async links(name: string, kind: LinkKind): Promise<Map<Digest, number>> {
    const links = new Map<Digest, number>();
    const directory = this.#layout.links(name, kind);
    for (const algorithm of await namesIn(directory)) {
      for (const encoded of await namesIn(`${directory}/${algorithm}`)) {
        const digest = `${algorithm}:${encoded}`;
        if (!isDigest(digest)) continue;
        const info = await fileInfo(this.#layout.link(name, kind, digest));
        if (info !== undefined) links.set(digest, info.mtime?.getTime() ?? 0);
      }
    }
    return links;
  }

  /** Returns what a tag points to, if the repository has it. */
  async resolve(name: string, tag: string): Promise<Digest | undefined> {
    const bytes = await readIfThere(this.#layout.tagLink(name, tag));
    if (bytes === undefined) return undefined;
    return parseDigest(new TextDecoder().decode(bytes).trim());
  }

  /**
   * Makes a tag point to a manifest, durably. What it pointed to before stays
   * for the grace period of garbage collection, because someone may be pulling.
   */
  async tag(name: string, tag: string, digest: Digest): Promise<void> {
    const before = await this.resolve(name, tag);
    if (before === digest) return;
    if (before !== undefined) await this.touch(name, "revision", before);
    await this.#write(this.#layout.tagLink(name, tag), digest);
  }

  /** Removes a tag; tells whether it was there. */
  async untag(name: string, tag: string): Promise<boolean> {
    const digest = await this.resolve(name, tag);
    if (digest === undefined) return false;
    await this.touch(name, "revision", digest);
    // The link first, so that a crash leaves no tag that is half there.
    await removeIfThere(this.#layout.tagLink(name, tag));
    return await removeDurably(this.#layout.tag(name, tag));
  }

  /** Lists the tags of a repository in byte order. */
  async tags(name: string): Promise<string[]> {
    const directories = await namesIn(this.#layout.tags(name));
    const tags = directories.map((it) => this.#layout.decodeTag(it));
    const there = await Promise.all(
      tags.map((tag) => isThere(this.#layout.tagLink(name, tag))),
    );
    return tags.filter((_, index) => there[index]).sort();
  }

  /** Lists the tags of a repository with what they point to. */
  async tagged(name: string): Promise<Map<string, Digest>> {
    const tagged = new Map<string, Digest>();
    for (const tag of await this.tags(name)) {
      const digest = await this.resolve(name, tag);
      if (digest !== undefined) tagged.set(tag, digest);
    }
    return tagged;
  }

  /** Tells whether anything was ever pushed to a repository. */
  async exists(name: string): Promise<boolean> {
    const directory = this.#layout.repository(name);
    return await isThere(`${directory}/_manifests`) ||
      await isThere(`${directory}/_layers`);
  }

  /** Tells whether a repository has a manifest. */
  async hasManifest(name: string): Promise<boolean> {
    const directory = this.#layout.links(name, "revision");
    for (const algorithm of await namesIn(directory)) {
      for (const encoded of await namesIn(`${directory}/${algorithm}`)) {
        const digest = `${algorithm}:${encoded}`;
        if (!isDigest(digest)) continue;
        const link = this.#layout.link(name, "revision", digest);
        if (await isThere(link)) return true;
      }
    }
    return false;
  }

  /** Yields the names of all repositories, in no order that means anything. */
  async *names(): AsyncGenerator<string> {
    const waiting = [""];
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
      const directory = name === ""
        ? this.#layout.repositories
        : this.#layout.repository(name);
      const entries = await namesIn(directory);
      if (entries.some((it) => it.startsWith("_"))) yield name;
      for (const entry of entries) {
        if (entry.startsWith("_")) continue;
        waiting.push(name === "" ? entry : `${name}/${entry}`);
      }
    }
  }

  async #write(path: string, digest: Digest): Promise<void> {
    const bytes = new TextEncoder().encode(digest);
    await writeDurably(path, bytes, this.#layout.temporary);
  }
}

/** Removes a directory so that it does not come back after a loss of power. */
async function removeDurably(directory: string): Promise<boolean> {
  if (!await removeIfThere(directory)) return false;
  await syncDirectory(dirname(directory));
  return true;
}
