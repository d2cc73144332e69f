import { basename, dirname, join } from "node:path";
import { writeFully } from "../content/file_access.ts";
import { lockFile } from "../content/file_lock.ts";
import type { AbandonOptions } from "../content/staged_target.ts";
import {
  namingFaults,
  publish,
  removeIfThere,
} from "../layout/durable_file.ts";
import type { Digest } from "../oci/digest.ts";
import { type ArchiveDraft, readArchiveDraft } from "./archive_draft.ts";
import type { ArchiveOutput, StartedEntry } from "./archive_output.ts";

/** Options for {@linkcode openFileOutput}. */
export interface FileOutputOptions {
  /**
   * The blobs that belong into the archive: those that an earlier run left are
   * kept. Without it nothing is kept.
   */
  readonly wanted?: ReadonlySet<Digest>;
  /** Ends the wait for another process that writes the same archive. */
  readonly signal?: AbortSignal;
}

/**
 * Opens a file for an archive. Until it is committed its bytes are in a draft
 * beside it, which the next run goes on with.
 */
export async function openFileOutput(
  path: string,
  options: FileOutputOptions = {},
): Promise<ArchiveOutput> {
  const draft = join(dirname(path), `.${basename(path)}.k8scr-draft`);
  return await namingFaults(path, async () => {
    const file = await lockDraft(draft, options.signal);
    try {
      const found = await readArchiveDraft(file, options.wanted ?? new Set());
      await file.truncate(found.end);
      await file.seek(found.end, Deno.SeekMode.Start);
      return new FileOutput(path, { draft, file, found });
    } catch (error) {
      file.close();
      throw error;
    }
  });
}

/** Waits for another process that writes the same archive. */
async function lockDraft(
  path: string,
  signal: AbortSignal | undefined,
): Promise<Deno.FsFile> {
  for (;;) {
    const access = { read: true, write: true, create: true };
    const file = await Deno.open(path, access);
    try {
      await lockFile(file, signal && { signal });
      if (await isSameFile(file, path)) return file;
    } catch (error) {
      file.close();
      throw error;
    }
    // The other process has given the draft its final name.
    file.close();
  }
}

async function isSameFile(file: Deno.FsFile, path: string): Promise<boolean> {
  try {
    return (await file.stat()).ino === (await Deno.stat(path)).ino;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

class FileOutput implements ArchiveOutput {
  readonly location: string;
  readonly tempDir: string;
  readonly blobs: ReadonlyMap<Digest, number>;
  readonly started?: StartedEntry;
  readonly #draft: string;
  readonly #file: Deno.FsFile;
  #position: number;
  #open = true;

  constructor(
    path: string,
    options: {
      readonly draft: string;
      readonly file: Deno.FsFile;
      readonly found: ArchiveDraft;
    },
  ) {
    const { blobs, started, end } = options.found;
    this.location = path;
    this.tempDir = dirname(path);
    this.blobs = blobs;
    if (started !== undefined) this.started = started;
    this.#draft = options.draft;
    this.#file = options.file;
    this.#position = end;
  }

  get position(): number {
    return this.#position;
  }

  async write(bytes: Uint8Array): Promise<void> {
    await namingFaults(this.location, () => writeFully(this.#file, bytes));
    this.#position += bytes.length;
  }

  async rewind(position: number): Promise<void> {
    await this.#file.truncate(position);
    await this.#file.seek(position, Deno.SeekMode.Start);
    this.#position = position;
  }

  async commit(): Promise<void> {
    await namingFaults(this.location, async () => {
      await this.#file.sync();
      // Before the lock is given up, so that nobody else takes the draft; only
      // Windows moves no file that is open.
      const closesFirst = Deno.build.os === "windows";
      if (closesFirst) this.#close();
      await publish(this.#draft, this.location);
      this.#close();
    });
  }

  async abandon({ keepDrafts }: AbandonOptions): Promise<void> {
    if (!this.#open) return;
    const isUseless = !keepDrafts || this.#position === 0;
    if (isUseless) await removeIfThere(this.#draft);
    this.#close();
  }

  #close(): void {
    if (this.#open) this.#file.close();
    this.#open = false;
  }
}
