import { type Digest, isDigest } from "../oci/digest.ts";
import type { BlobStore } from "./blob_store.ts";
import { isAbsent, isThere, namesIn, writeDurably } from "./durable_file.ts";
import type { RepositoryStore } from "./repository_store.ts";
import type { StoreLayout } from "./store_layout.ts";
import { readSubject } from "./stored_manifest.ts";

/** The parts of a store that the index is made from. */
export interface ReferrersIndexParts {
  /** Where everything lies. */
  readonly layout: StoreLayout;
  /** The manifests themselves. */
  readonly blobs: BlobStore;
  /** Which manifests each repository has. */
  readonly repositories: RepositoryStore;
  /** Nothing is written; an index that is absent is made anew each time. */
  readonly readOnly?: boolean;
}

/**
 * Says which manifests are about a subject: one empty file for each. A store
 * that distribution filled has none; it is made when first needed.
 */
export class ReferrersIndex {
  readonly #layout: StoreLayout;
  readonly #blobs: BlobStore;
  readonly #repositories: RepositoryStore;
  readonly #readOnly: boolean;
  /** Repositories whose index is known to be complete. */
  readonly #complete = new Set<string>();

  /** Uses the index that a store has, or makes one when it is needed. */
  constructor(parts: ReferrersIndexParts) {
    this.#layout = parts.layout;
    this.#blobs = parts.blobs;
    this.#repositories = parts.repositories;
    this.#readOnly = parts.readOnly ?? false;
  }

  /** Lists the manifests that are about a subject, in byte order. */
  async list(name: string, subject: Digest): Promise<Digest[]> {
    if (this.#readOnly) return await this.#search(name, subject);
    await this.ensure(name);
    const names = await namesIn(this.#layout.referrersOf(name, subject));
    return names.map((it) => it.replace("-", ":")).filter(isDigest);
  }

  /** Says, durably, that a manifest is about a subject. */
  async add(name: string, subject: Digest, referrer: Digest): Promise<void> {
    await this.ensure(name);
    const path = this.#layout.referrer(name, subject, referrer);
    if (await isThere(path)) return;
    await this.#write(path);
  }

  /**
   * Takes back that a manifest is about a subject, in this turn of the event
   * loop: a push of the same manifest sees all of it gone, or nothing.
   */
  remove(name: string, subject: Digest, referrer: Digest): void {
    try {
      Deno.removeSync(this.#layout.referrer(name, subject, referrer));
    } catch (error) {
      if (!isAbsent(error)) throw error;
    }
  }

  /**
   * Makes the index where there is none. A repository that nothing was pushed
   * to gets none: asking must not write.
   */
  async ensure(name: string): Promise<void> {
    if (this.#complete.has(name)) return;
    const marker = this.#layout.referrersComplete(name);
    if (!await isThere(marker)) {
      if (!await this.#repositories.exists(name)) return;
      await this.rebuild(name);
    }
    this.#complete.add(name);
  }

  /** Reads all manifests of a repository and makes the index from them. */
  async rebuild(name: string): Promise<void> {
    for await (const [digest, subject] of this.#subjects(name)) {
      const path = this.#layout.referrer(name, subject, digest);
      if (!await isThere(path)) await this.#write(path);
    }
    await this.#write(this.#layout.referrersComplete(name));
  }

  async #search(name: string, subject: Digest): Promise<Digest[]> {
    const found: Digest[] = [];
    for await (const [digest, other] of this.#subjects(name)) {
      if (other === subject) found.push(digest);
    }
    return found.sort();
  }

  async *#subjects(name: string): AsyncGenerator<[Digest, Digest]> {
    const revisions = await this.#repositories.links(name, "revision");
    for (const digest of revisions.keys()) {
      const subject = await this.#subjectOf(digest);
      if (subject !== undefined) yield [digest, subject];
    }
  }

  async #subjectOf(digest: Digest): Promise<Digest | undefined> {
    const bytes = await this.#blobs.read(digest);
    return bytes && readSubject(bytes);
  }

  async #write(path: string): Promise<void> {
    await writeDurably(path, new Uint8Array(), this.#layout.temporary);
  }
}
