import type { ResumeOutcome, UploadCheckpoint } from "./upload_state.ts";

/** A blob on its way into a repository, as a journal knows it. */
export interface JournaledBlob {
  /** The repository's name. */
  readonly repository: string;
  /**
   * Digest of the bytes, or what the content's `identity` says where that is
   * not known yet.
   */
  readonly identity: string;
}

/**
 * Remembers where uploads stand, beyond the life of the process. It is a help
 * and never a reason to fail: its methods do not throw.
 */
export interface UploadJournal {
  /**
   * Opens what is known of a blob, and keeps others from it.
   *
   * @returns `undefined` when nothing can be kept, or another push has it
   */
  open(blob: JournaledBlob): Promise<JournalEntry | undefined>;
  /** Forgets what is known of a blob. */
  forget(blob: JournaledBlob): Promise<void>;
}

/** What a journal knows of one blob. */
export interface JournalEntry {
  /** Where an earlier push left it. */
  readonly checkpoint?: UploadCheckpoint;
  /** Notes where the upload stands now. */
  save(checkpoint: UploadCheckpoint): void;
  /** Takes note of what came of {@linkcode checkpoint}. */
  resumed(outcome: ResumeOutcome): void;
  /**
   * Ends the entry.
   *
   * @param done whether nothing of it is of use any more: it is forgotten then
   */
  close(done: boolean): Promise<void>;
}
