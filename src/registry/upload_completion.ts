import { findBlob } from "./blobs.ts";
import { type BlobIdentity, Chunk } from "./chunk_reader.ts";
import { resendChunk, shrinkAfter413 } from "./chunk_sender.ts";
import { RegistryError } from "./registry_error.ts";
import {
  isSessionLost,
  isStoredWrong,
  UploadLostError,
} from "./upload_lost_error.ts";
import { startUpload } from "./upload_start.ts";
import type { UploadState } from "./upload_state.ts";

/**
 * A registry that answers 416 more often than this means it; by then a few
 * seconds have passed.
 */
const BUSY_TRIES = 4;

/**
 * Closes a session that has all bytes. When the answer is lost, the blob is
 * looked up: it may be there.
 *
 * @param held the last chunk, in case that the registry lost a part of it
 * @throws {UploadLostError} when the blob must start again
 */
export async function completeUpload(
  state: UploadState,
  blob: BlobIdentity,
  held: Chunk,
): Promise<void> {
  const nothing = new Chunk(blob.size, []);
  state.checkpoint(blob.digest);
  for (let tries = 0;; tries++) {
    try {
      if (tries > 0) await checkSession(state, held);
      return await state.session.complete(blob.digest, nothing, state.step);
    } catch (error) {
      if (await isThere(state, blob)) return;
      if (error instanceof UploadLostError) throw error;
      throwIfLost(error);
      await state.backoff.wait(isBusy(error, tries) ? stillBusy(error) : error);
    }
  }
}

/**
 * Sends a blob that is one chunk, in the request that closes the session. After
 * a failure it is looked up, and sent again in a new session.
 *
 * @throws {UploadLostError} when the blob must start again
 */
export async function uploadWhole(
  state: UploadState,
  blob: BlobIdentity,
  chunk: Chunk,
): Promise<void> {
  for (let tries = 0;; tries++) {
    try {
      await state.session.complete(blob.digest, chunk, state.stepFrom(0));
      return state.acknowledgeAll(blob.size);
    } catch (error) {
      if (error instanceof RegistryError && error.status === 413) {
        shrinkAfter413(state, blob.size, error);
        throw new UploadLostError("The chunk is too big", { cause: error });
      }
      if (await isThere(state, blob)) return state.acknowledgeAll(blob.size);
      throwIfLost(error);
      await state.backoff.wait(isBusy(error, tries) ? stillBusy(error) : error);
    }
    // Distribution appends the body of a PUT to what it has: whatever the old
    // session holds now, it is of no use.
    await state.session.cancel();
    state.restart(await startUpload(state.scope, state.step));
  }
}

async function checkSession(state: UploadState, held: Chunk): Promise<void> {
  const range = await state.ask();
  if (range.kind === "absent") return;
  if (range.kind === "offset" && range.offset === held.end) return;
  await resendChunk(state, held);
}

async function isThere(
  state: UploadState,
  blob: BlobIdentity,
): Promise<boolean> {
  return await findBlob(state.scope, blob.digest, state.step) !== undefined;
}

/**
 * The same request may be under way there still, when its answer was lost or
 * something on the way sent it twice: a 416 is no refusal yet.
 */
function isBusy(error: unknown, tries: number): boolean {
  return error instanceof RegistryError && error.status === 416 &&
    tries < BUSY_TRIES;
}

function stillBusy(cause: unknown): UploadLostError {
  return new UploadLostError("The registry is not ready to close", { cause });
}

/** The bytes were verified before: a registry that has others lost some. */
function throwIfLost(error: unknown): void {
  if (!isSessionLost(error) && !isStoredWrong(error)) return;
  throw new UploadLostError(
    isStoredWrong(error)
      ? "The registry has other bytes than were sent"
      : "The registry lost the session",
    { cause: error },
  );
}
