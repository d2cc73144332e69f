import { dirname, join } from "node:path";
import type { BlobContent } from "../content/blob_content.ts";
import type { PushOptions, PushResult } from "../content/image_target.ts";
import type { AbandonOptions, StagedTarget } from "../content/staged_target.ts";
import { verifyBytes } from "../content/verify.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import {
  type Digest,
  digestAlgorithm,
  digestEncoded,
  Digester,
} from "../oci/digest.ts";
import { hasSuccessors } from "../oci/successors.ts";
import { blobPath } from "./blob_path.ts";
import { DirectoryLock } from "./directory_lock.ts";
import { writeDraft } from "./draft_file.ts";
import {
  namingFaults,
  publish,
  removeIfThere,
  writeDurably,
} from "./durable_file.ts";
import { LAYOUT_MARKER, newIndex, updateIndex } from "./index_update.ts";
import { LayoutDirectory } from "./layout_directory.ts";
import { LayoutError } from "./layout_error.ts";
import { readLayout } from "./layout_source.ts";
import { WrittenImages } from "./written_images.ts";

/** Options for {@linkcode openLayoutTarget}. */
export interface LayoutTargetOptions {
  /** Ends the wait for another process that writes into the directory. */
  readonly signal?: AbortSignal;
  /** Hears of content in the directory that is damaged and fetched again. */
  readonly onWarning?: (message: string) => void;
}

/** Where blobs are while they arrive; it is gone when all have. */
const DRAFTS = ".k8scr-drafts";

/** What a layout has, and what is left of one that was never finished. */
const LAYOUT_NAMES = new Set(["blobs", "index.json", "oci-layout", DRAFTS]);

/** Largest `index.json` that is read. */
const MAX_INDEX_SIZE = 16 * 1024 * 1024;

/**
 * Opens a directory to write images into as an OCI image layout; it is made
 * where it is not there. What a layout holds already stays, and is not written
 * again.
 *
 * @throws {LayoutError} when the directory holds something else
 * @throws {DocumentSyntaxError} when its `oci-layout` or `index.json` is
 *   malformed
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md
 */
export async function openLayoutTarget(
  directory: string,
  options: LayoutTargetOptions = {},
): Promise<StagedTarget> {
  await namingFaults(
    directory,
    () => Deno.mkdir(directory, { recursive: true }),
  );
  const lock = await DirectoryLock.acquire(directory, options.signal);
  try {
    await checkContent(directory);
    await namingFaults(directory, async () => {
      await Deno.mkdir(join(directory, DRAFTS), { recursive: true });
    });
    return new LayoutTarget(directory, { ...options, lock });
  } catch (error) {
    lock[Symbol.dispose]();
    throw error;
  }
}

async function checkContent(directory: string): Promise<void> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(directory)) names.push(name);
  if (names.includes("index.json")) {
    const source = await readLayout(new LayoutDirectory(directory));
    return await source.close();
  }
  const other = names.sort().find((name) => !LAYOUT_NAMES.has(name));
  if (other === undefined) return;
  throw new LayoutError(
    directory,
    `it is no OCI image layout, and not empty: it holds "${other}"`,
    { recommendation: "Choose a directory that is empty or not there yet" },
  );
}

class LayoutTarget implements StagedTarget {
  readonly location: string;
  readonly #files: LayoutDirectory;
  readonly #lock: DirectoryLock;
  readonly #warn: (message: string) => void;
  readonly #images = new WrittenImages();
  /** What was found whole, or written, by this process. */
  readonly #held = new Set<Digest>();
  #open = true;

  constructor(
    directory: string,
    options: LayoutTargetOptions & { readonly lock: DirectoryLock },
  ) {
    this.location = directory;
    this.#files = new LayoutDirectory(directory);
    this.#lock = options.lock;
    this.#warn = options.onWarning ?? (() => {});
  }

  async exists(descriptor: Descriptor): Promise<boolean> {
    if (!await this.#holds(descriptor)) return false;
    if (!hasSuccessors(descriptor)) return true;
    const path = blobPath(descriptor.digest);
    const bytes = await this.#files.read(path, descriptor.size);
    if (bytes === undefined) return false;
    this.#images.add(descriptor, bytes);
    return true;
  }

  async push(
    content: BlobContent,
    options: PushOptions = {},
  ): Promise<PushResult> {
    const { mediaType, digest, size } = content;
    if (digest !== undefined && size !== undefined) {
      const descriptor = { mediaType, digest, size };
      if (await this.#holds(descriptor)) {
        return { descriptor, outcome: "existing", bytesSent: 0 };
      }
    }
    const draft = this.#draft(digest);
    const blob = await writeDraft(content, draft, options);
    await this.#publish(draft, blob.digest);
    return {
      descriptor: { mediaType, digest: blob.digest, size: blob.size },
      outcome: "written",
      bytesSent: blob.bytesRead,
    };
  }

  async pushManifest(descriptor: Descriptor, bytes: Uint8Array): Promise<void> {
    const { digest } = descriptor;
    verifyBytes(bytes, descriptor, `the manifest ${digest}`);
    this.#images.add(descriptor, bytes);
    const path = await this.#pathFor(digest);
    await writeDurably(path, bytes, this.#draft(digest));
    this.#held.add(digest);
  }

  tag(descriptor: Descriptor, _bytes: Uint8Array, name: string): Promise<void> {
    this.#images.name(descriptor, name);
    return Promise.resolve();
  }

  list(descriptor: Descriptor): void {
    this.#images.name(descriptor);
  }

  async commit(): Promise<void> {
    const entries = this.#images.entries();
    const before = await this.#files.read("index.json", MAX_INDEX_SIZE);
    const document = `index.json in "${this.location}"`;
    const index = before === undefined
      ? newIndex(entries)
      : updateIndex(before, entries, document);
    if (await this.#files.size("oci-layout") === undefined) {
      await this.#write("oci-layout", LAYOUT_MARKER);
    }
    await this.#write("index.json", index);
    await this.#close({ keepDrafts: false });
  }

  async abandon(options: AbandonOptions): Promise<void> {
    if (this.#open) await this.#close(options);
  }

  async #close({ keepDrafts }: AbandonOptions): Promise<void> {
    this.#open = false;
    try {
      if (!keepDrafts) await removeIfThere(join(this.location, DRAFTS));
    } finally {
      this.#lock[Symbol.dispose]();
    }
  }

  /** Content counts only when it is what its name says. */
  async #holds(descriptor: Descriptor): Promise<boolean> {
    const { digest } = descriptor;
    if (this.#held.has(digest)) return true;
    const path = blobPath(digest);
    const size = await this.#files.size(path);
    if (size === undefined) return false;
    const isWhole = size === descriptor.size &&
      await this.#digestOf(path, digest) === digest;
    if (isWhole) this.#held.add(digest);
    else this.#warn(`"${this.location}" has a damaged ${path}: it is replaced`);
    return isWhole;
  }

  async #digestOf(
    path: string,
    digest: Digest,
  ): Promise<Digest | undefined> {
    const stream = await this.#files.open(path, 0);
    if (stream === undefined) return undefined;
    const digester = new Digester(digestAlgorithm(digest));
    for await (const bytes of stream) digester.update(bytes);
    return digester.digest();
  }

  #draft(digest: Digest | undefined): string {
    const name = digest === undefined
      ? crypto.randomUUID()
      : `${digestAlgorithm(digest)}-${digestEncoded(digest)}`;
    return join(this.location, DRAFTS, name);
  }

  async #publish(draft: string, digest: Digest): Promise<void> {
    const path = await this.#pathFor(digest);
    await namingFaults(path, () => publish(draft, path));
    this.#held.add(digest);
  }

  async #pathFor(digest: Digest): Promise<string> {
    const path = join(this.location, blobPath(digest));
    await namingFaults(
      path,
      () => Deno.mkdir(dirname(path), { recursive: true }),
    );
    return path;
  }

  async #write(name: string, bytes: Uint8Array): Promise<void> {
    const draft = join(this.location, DRAFTS, name);
    await writeDurably(join(this.location, name), bytes, draft);
  }
}
