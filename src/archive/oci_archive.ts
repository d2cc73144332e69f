import type { ImageSource } from "../content/image_source.ts";
import type { LayoutFiles } from "../layout/layout_files.ts";
import { readLayout } from "../layout/layout_source.ts";
import { type Digest, isDigest } from "../oci/digest.ts";
import { quote } from "../oci/visible_text.ts";
import type { TarArchive } from "./tar_archive.ts";

/**
 * Opens the OCI image layout in a tar; all content is as it is stored there. On
 * success the source owns the tar and closes it.
 *
 * @throws {ArchiveError} when an entry that is needed cannot be read
 * @throws {LayoutError} when it holds no layout of version 1.0.0
 * @throws {DocumentSyntaxError} when `oci-layout` or `index.json` is malformed
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md
 */
export async function openOciArchive(tar: TarArchive): Promise<ImageSource> {
  return await readLayout(new LayoutTar(tar));
}

/** The files of a layout in a tar. */
class LayoutTar implements LayoutFiles {
  readonly location: string;
  readonly #tar: TarArchive;

  constructor(tar: TarArchive) {
    this.location = tar.location;
    this.#tar = tar;
  }

  // An async function, so that a link that leads nowhere rejects.
  // deno-lint-ignore require-await
  async size(path: string): Promise<number | undefined> {
    return this.#tar.entry(path)?.size;
  }

  async read(
    path: string,
    maxBytes: number,
  ): Promise<Uint8Array | undefined> {
    const entry = this.#tar.entry(path);
    return entry === undefined
      ? undefined
      : await this.#tar.read(entry, maxBytes);
  }

  async open(
    path: string,
    offset: number,
  ): Promise<ReadableStream<Uint8Array> | undefined> {
    const entry = this.#tar.entry(path);
    if (entry === undefined) return undefined;
    return await this.#tar.open(entry, Math.min(offset, entry.size));
  }

  blobs(): Promise<readonly Digest[]> {
    const folder = "blobs/sha256/";
    const digests = this.#tar.names.filter((name) => name.startsWith(folder))
      .map((name) => `sha256:${name.slice(folder.length)}`).filter(isDigest);
    return Promise.resolve(digests.sort());
  }

  list(): Promise<readonly string[]> {
    return Promise.resolve(this.#tar.names.map(quote));
  }

  async close(): Promise<void> {
    await this.#tar.close();
  }
}
