import type { BlobContent } from "../content/blob_content.ts";
import { ContentMismatchError } from "../content/content_mismatch_error.ts";
import { writeFully } from "../content/file_access.ts";
import type { PushOptions } from "../content/image_target.ts";
import {
  receiveBlob,
  type ReceivedBlob,
  type ReceivedStart,
} from "../content/receive_blob.ts";
import { digestAlgorithm, Digester } from "../oci/digest.ts";
import { namingFaults, removeIfThere } from "./durable_file.ts";

/** What is hashed at once of a file that is there. */
const HASH_BUFFER_SIZE = 512 * 1024;

/**
 * Writes a blob into a file of its own, verified and synced. Where the digest
 * is known, a file that another run left is gone on with: what is in it is
 * hashed first, and thrown away when it turns out to be something else.
 *
 * @throws {ContentMismatchError} when size or digest is not what was said; the
 *   file is gone then
 */
export async function writeDraft(
  content: BlobContent,
  path: string,
  options: PushOptions = {},
): Promise<ReceivedBlob> {
  const draft = await namingFaults(path, () => DraftFile.open(content, path));
  try {
    return await draft.receive(options);
  } catch (error) {
    const isUseless = error instanceof ContentMismatchError ||
      content.digest === undefined;
    if (isUseless) await removeIfThere(path);
    throw error;
  } finally {
    draft.close();
  }
}

class DraftFile {
  readonly #content: BlobContent;
  readonly #path: string;
  readonly #file: Deno.FsFile;

  private constructor(content: BlobContent, path: string, file: Deno.FsFile) {
    this.#content = content;
    this.#path = path;
    this.#file = file;
  }

  static async open(content: BlobContent, path: string): Promise<DraftFile> {
    const access = { read: true, write: true, create: true };
    return new DraftFile(content, path, await Deno.open(path, access));
  }

  async receive(options: PushOptions): Promise<ReceivedBlob> {
    const start = await this.#start();
    try {
      return await this.#receive(options, start);
    } catch (error) {
      const isForeign = error instanceof ContentMismatchError && start.size > 0;
      if (!isForeign) throw error;
      // A crash can leave other bytes than those that were written.
      await this.#clear();
      return await this.#receive(options);
    }
  }

  close(): void {
    this.#file.close();
  }

  async #receive(
    options: PushOptions,
    start?: ReceivedStart,
  ): Promise<ReceivedBlob> {
    const blob = await receiveBlob(this.#content, {
      ...options,
      ...start && { start },
      write: (bytes) =>
        namingFaults(this.#path, () => writeFully(this.#file, bytes)),
    });
    await namingFaults(this.#path, () => this.#file.sync());
    return blob;
  }

  /** Hashes what is there; the file stands at its end then. */
  async #start(): Promise<ReceivedStart> {
    const { digest, size } = this.#content;
    const digester = new Digester(digest && digestAlgorithm(digest));
    const { size: there } = await this.#file.stat();
    if (digest === undefined || there > (size ?? 0)) {
      await this.#clear();
      return { size: 0, digester };
    }
    const buffer = new Uint8Array(HASH_BUFFER_SIZE);
    let hashed = 0;
    for (;;) {
      const count = await this.#file.read(buffer) ?? 0;
      if (count === 0) return { size: hashed, digester };
      digester.update(buffer.subarray(0, count));
      hashed += count;
    }
  }

  async #clear(): Promise<void> {
    await this.#file.truncate();
    await this.#file.seek(0, Deno.SeekMode.Start);
  }
}
