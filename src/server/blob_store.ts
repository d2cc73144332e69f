import { dirname } from "node:path";
import { type Digest, isDigest } from "../oci/digest.ts";
import type { DiskBudget } from "./disk_budget.ts";
import {
  fileInfo,
  isAbsent,
  namesIn,
  publish,
  readIfThere,
  writeDurably,
} from "./durable_file.ts";
import type { StoreLayout } from "./store_layout.ts";

/** Content of all repositories, each piece once, by its digest. */
export class BlobStore {
  readonly #layout: StoreLayout;
  readonly #budget: DiskBudget;

  /** Uses a store that is laid out already. */
  constructor(layout: StoreLayout, budget: DiskBudget) {
    this.#layout = layout;
    this.#budget = budget;
  }

  /** Returns the number of bytes of content, if the store has it. */
  async size(digest: Digest): Promise<number | undefined> {
    return (await fileInfo(this.#layout.blob(digest)))?.size;
  }

  /** Opens content, if the store has it; the caller closes the file. */
  async open(
    digest: Digest,
  ): Promise<{ file: Deno.FsFile; size: number } | undefined> {
    try {
      const file = await Deno.open(this.#layout.blob(digest), { read: true });
      return { file, size: (await file.stat()).size };
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error;
    }
  }

  /** Reads content whole, if the store has it; for manifests. */
  async read(digest: Digest): Promise<Uint8Array | undefined> {
    return await readIfThere(this.#layout.blob(digest));
  }

  /**
   * Takes a verified and synced file as the content of a digest. Content that
   * is there already is replaced by the same bytes, which mends a damaged one.
   */
  async adopt(path: string, digest: Digest): Promise<void> {
    const replaced = await this.size(digest);
    await publish(path, this.#layout.blob(digest));
    if (replaced !== undefined) this.#budget.giveBack(replaced);
  }

  /** Writes verified bytes; for manifests. */
  async write(digest: Digest, bytes: Uint8Array): Promise<void> {
    const path = this.#layout.blob(digest);
    const there = await this.read(digest);
    if (there !== undefined && equalBytes(there, bytes)) return;
    this.#budget.take(bytes.length);
    try {
      await writeDurably(path, bytes, this.#layout.temporary);
    } catch (error) {
      this.#budget.giveBack(bytes.length);
      throw error;
    }
    if (there !== undefined) this.#budget.giveBack(there.length);
  }

  /**
   * Removes content in this turn of the event loop, if it was last written
   * before a time.
   *
   * @returns the bytes that are free now, or `undefined` when it stays
   */
  removeOlder(digest: Digest, time: number): number | undefined {
    const path = this.#layout.blob(digest);
    try {
      const { size, mtime } = Deno.statSync(path);
      if (mtime !== null && mtime.getTime() > time) return undefined;
      Deno.removeSync(dirname(path), { recursive: true });
      this.#budget.giveBack(size);
      return size;
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error;
    }
  }

  /** Yields the digests of all content. */
  async *digests(): AsyncGenerator<Digest> {
    for (const prefix of await this.#prefixes()) {
      yield* await this.#digestsIn(prefix);
    }
  }

  async #prefixes(): Promise<[algorithm: string, path: string][]> {
    const { blobs } = this.#layout;
    const prefixes: [string, string][] = [];
    for (const algorithm of ["sha256", "sha512"]) {
      for (const prefix of await namesIn(`${blobs}/${algorithm}`)) {
        prefixes.push([algorithm, `${blobs}/${algorithm}/${prefix}`]);
      }
    }
    return prefixes;
  }

  async #digestsIn(
    [algorithm, path]: [algorithm: string, path: string],
  ): Promise<Digest[]> {
    const names = await namesIn(path);
    return names.map((name) => `${algorithm}:${name}`).filter(isDigest);
  }
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
