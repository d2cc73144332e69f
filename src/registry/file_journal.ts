import { createHash } from "node:crypto";
import { join } from "node:path";
import { JournalFile } from "./journal_file.ts";
import {
  formatRecord,
  type JournalSubject,
  parseRecord,
} from "./journal_record.ts";
import type {
  JournaledBlob,
  JournalEntry,
  UploadJournal,
} from "./upload_journal.ts";
import type { ResumeOutcome, UploadCheckpoint } from "./upload_state.ts";

/** Options for {@linkcode FileJournal}. */
export interface FileJournalOptions {
  /** The folder that holds the files; made when it is not there. */
  readonly directory: string;
  /** What tells the registry from all others. */
  readonly registry: string;
  /** Name and versions of the program: others may compress differently. */
  readonly program: string;
  /**
   * Milliseconds since 1970.
   *
   * @default {Date.now}
   */
  readonly now?: () => number;
  /** Told what came of going on with a blob. */
  readonly onResume?: (blob: JournaledBlob, outcome: ResumeOutcome) => void;
  /** Told, once, that nothing can be kept. */
  readonly onProblem?: (error: unknown) => void;
}

/**
 * Six days: distribution purges an upload a week after it began.
 *
 * @see https://distribution.github.io/distribution/about/configuration/#uploadpurging
 */
const EXPIRY = 6 * 24 * 60 * 60 * 1000;

/** Milliseconds between two writes: what they say is asked again anyway. */
const SAVE_INTERVAL = 1_000;

/**
 * A journal in a folder: one small file for each blob, locked while the blob is
 * under way, by a lock that ends with the process.
 */
export class FileJournal implements UploadJournal {
  readonly #options: FileJournalOptions;
  #prepared: Promise<void> | undefined;
  #broken = false;

  /** Makes a journal; nothing is read or written yet. */
  constructor(options: FileJournalOptions) {
    this.#options = options;
  }

  /** Opens what is known of a blob. */
  async open(blob: JournaledBlob): Promise<JournalEntry | undefined> {
    const { registry, program, directory, onResume } = this.#options;
    const subject = { ...blob, registry, program };
    try {
      this.#prepared ??= this.#prepare();
      await this.#prepared;
      const path = join(directory, fileName(subject));
      const file = await JournalFile.lock(path);
      if (file === undefined) return undefined;
      const found = parseRecord(await file.read(), subject);
      const age = this.#now() - (found?.savedAt ?? 0);
      return new FileEntry(file, {
        subject,
        now: () => this.#now(),
        ...found && age < EXPIRY && { checkpoint: found },
        onResume: (outcome) => onResume?.(blob, outcome),
        onProblem: (error) => this.#tell(error),
      });
    } catch (error) {
      this.#tell(error);
      return undefined;
    }
  }

  /** Forgets what is known of a blob. */
  async forget(blob: JournaledBlob): Promise<void> {
    const { registry, program, directory } = this.#options;
    try {
      await Deno.remove(
        join(directory, fileName({ ...blob, registry, program })),
      );
    } catch (error) {
      // Mostly there is nothing to forget.
      if (!(error instanceof Deno.errors.NotFound)) this.#tell(error);
    }
  }

  /** Makes the folder, and takes away what nobody came back for. */
  async #prepare(): Promise<void> {
    const { directory } = this.#options;
    // Whoever has the location of a session may write to it.
    await Deno.mkdir(directory, { recursive: true, mode: 0o700 });
    for await (const { name, isFile } of Deno.readDir(directory)) {
      if (!isFile || !FILE_NAME.test(name)) continue;
      await removeIfOlder(join(directory, name), this.#now() - EXPIRY);
    }
  }

  #now(): number {
    return (this.#options.now ?? Date.now)();
  }

  #tell(error: unknown): void {
    if (!this.#broken) this.#options.onProblem?.(error);
    this.#broken = true;
  }
}

const FILE_NAME = /^[0-9a-f]{64}\.json$/;

function fileName(subject: JournalSubject): string {
  const { registry, program, repository, identity } = subject;
  const key = JSON.stringify([registry, program, repository, identity]);
  return `${createHash("sha256").update(key).digest("hex")}.json`;
}

async function removeIfOlder(path: string, than: number): Promise<void> {
  try {
    const { mtime } = await Deno.stat(path);
    if (mtime !== null && mtime.getTime() < than) await Deno.remove(path);
  } catch (error) {
    // Another process cleans up as well.
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

interface FileEntryOptions {
  readonly subject: JournalSubject;
  readonly checkpoint?: UploadCheckpoint;
  readonly now: () => number;
  readonly onResume: (outcome: ResumeOutcome) => void;
  readonly onProblem: (error: unknown) => void;
}

/** Writes one after the other, and leaves out what is outdated by then. */
class FileEntry implements JournalEntry {
  readonly checkpoint?: UploadCheckpoint;
  readonly #file: JournalFile;
  readonly #options: FileEntryOptions;
  #latest: UploadCheckpoint | undefined;
  #written: UploadCheckpoint | undefined;
  #writing: Promise<void> = Promise.resolve();
  #writtenAt = -Infinity;

  constructor(file: JournalFile, options: FileEntryOptions) {
    this.#file = file;
    this.#options = options;
    if (options.checkpoint !== undefined) this.checkpoint = options.checkpoint;
  }

  save(checkpoint: UploadCheckpoint): void {
    this.#latest = checkpoint;
    const early = this.#options.now() - this.#writtenAt < SAVE_INTERVAL;
    if (early && checkpoint.digest === undefined) return;
    this.#writtenAt = this.#options.now();
    this.#writing = this.#writing.then(() => this.#write());
  }

  resumed(outcome: ResumeOutcome): void {
    this.#options.onResume(outcome);
  }

  async close(done: boolean): Promise<void> {
    await this.#writing;
    if (!done) await this.#write();
    const worthless = done ||
      (this.#latest ?? this.#options.checkpoint) === undefined;
    try {
      if (worthless) await this.#file.remove();
    } catch (error) {
      this.#options.onProblem(error);
    } finally {
      this.#file.close();
    }
  }

  async #write(): Promise<void> {
    if (this.#latest === undefined || this.#latest === this.#written) return;
    const { subject, now, onProblem } = this.#options;
    this.#written = this.#latest;
    const record = { ...subject, ...this.#latest, savedAt: now() };
    try {
      await this.#file.write(formatRecord(record));
    } catch (error) {
      onProblem(error);
    }
  }
}
