import type { BlobContent } from "../content/blob_content.ts";
import {
  type BlobUploadOptions,
  uploadBlob,
  type UploadedBlob,
} from "./blob_upload.ts";
import type { JournalEntry, UploadJournal } from "./upload_journal.ts";
import type { UploadScope } from "./upload_state.ts";

/** A repository that blobs are uploaded to, and who remembers how far. */
export interface JournaledScope extends UploadScope {
  /** Remembers where uploads stand. */
  readonly journal?: UploadJournal;
}

/**
 * Uploads a blob as {@linkcode uploadBlob} does, and goes on where an earlier
 * process left it. A caller who keeps checkpoints itself is left alone.
 *
 * A blob that is compressed on the way is compressed again from its start: the
 * registry wants the digest of all of its bytes, and the state of a SHA-256
 * cannot be kept (`node:crypto` does not give it out). Same input and settings
 * make the same bytes, so only those are sent that the registry lacks.
 */
export async function uploadJournaled(
  scope: JournaledScope,
  content: BlobContent,
  options: BlobUploadOptions,
): Promise<UploadedBlob> {
  const kept = options.resume ?? options.onCheckpoint;
  const entry = kept === undefined
    ? await openEntry(scope, content)
    : undefined;
  if (entry === undefined) return await uploadBlob(scope, content, options);
  let done = false;
  try {
    const blob = await uploadBlob(scope, content, {
      ...options,
      ...entry.checkpoint && { resume: entry.checkpoint },
      onCheckpoint: (checkpoint) => entry.save(checkpoint),
      onResume: (outcome) => entry.resumed(outcome),
    });
    done = true;
    return blob;
  } finally {
    await entry.close(done);
  }
}

async function openEntry(
  { journal, policy, repository }: JournaledScope,
  { digest, size, ...content }: BlobContent,
): Promise<JournalEntry | undefined> {
  const identity = digest ?? content.identity;
  if (identity === undefined) return undefined;
  // What goes in one request has no middle to go on from.
  if (size !== undefined && size <= policy.size) return undefined;
  return await journal?.open({ repository, identity });
}
