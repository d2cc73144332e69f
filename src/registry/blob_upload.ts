import type { BlobContent } from "../content/blob_content.ts";
import { ContentMismatchError } from "../content/content_mismatch_error.ts";
import { findBlob } from "./blobs.ts";
import { type BlobIdentity, ChunkReader } from "./chunk_reader.ts";
import { sendChunk } from "./chunk_sender.ts";
import { uploadStreamed } from "./streamed_upload.ts";
import { completeUpload, uploadWhole } from "./upload_completion.ts";
import { RegistryError } from "./registry_error.ts";
import { UploadLostError } from "./upload_lost_error.ts";
import { type UploadSession, uploadsPath } from "./upload_session.ts";
import { startUpload } from "./upload_start.ts";
import {
  type ResumedUpload,
  type ResumeOptions,
  resumeUpload,
} from "./upload_resume.ts";
import {
  type UploadScope,
  UploadState,
  type UploadStateOptions,
} from "./upload_state.ts";

/**
 * How often a blob is started again from its first byte, where the way of
 * sending it stays the same.
 */
const MAX_RESTARTS = 5;

/** Options for {@linkcode uploadBlob}. */
export interface BlobUploadOptions extends UploadStateOptions, ResumeOptions {
  /** A session that was opened already, without bytes. */
  readonly session?: UploadSession;
}

/** What an upload did. */
export interface UploadedBlob extends BlobIdentity {
  /** Bytes of content that were sent, repeated ones counted again. */
  readonly bytesSent: number;
}

/**
 * Uploads a blob: in one request when it fits in one chunk, else in chunks, or as
 * a stream where the registry wants that. Size and digest are verified before
 * the session is closed.
 *
 * @throws {ContentMismatchError} when the bytes are not what they are said to be
 * @throws {RegistryError} when the registry does not take it
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-blobs
 */
export async function uploadBlob(
  scope: UploadScope,
  content: BlobContent,
  options: BlobUploadOptions = {},
): Promise<UploadedBlob> {
  const begun = await begin(scope, content, options);
  if ("blob" in begun) {
    options.onProgress?.(begun.blob.size);
    return { ...begun.blob, bytesSent: 0 };
  }
  const { state } = begun;
  let start = begun.offset;
  for (let restarts = 0;;) {
    const way = wayOf(scope);
    try {
      const blob = await attempt(state, content, start);
      return { ...blob, bytesSent: state.bytesSent };
    } catch (error) {
      await abandon(state, error, options);
      if (!(error instanceof UploadLostError)) throw error;
      if (wayOf(scope) === way) restarts += 1;
      if (restarts > MAX_RESTARTS) throw givenUp(scope, error);
      if (wayOf(scope) === way) await state.backoff.wait(error);
    }
    const found = await findAgain(state, content);
    if (found !== undefined) return { ...found, bytesSent: state.bytesSent };
    state.restart(await startUpload(scope, state.step));
    start = 0;
  }
}

async function attempt(
  state: UploadState,
  content: BlobContent,
  start: number,
): Promise<BlobIdentity> {
  const reader = await ChunkReader.open(content);
  try {
    const { policy } = state.scope;
    if (policy.streamed || state.session.minChunk > policy.size) {
      return await uploadStreamed(state, reader, content.size);
    }
    await skipSent(reader, start);
    return await uploadChunks(state, reader);
  } finally {
    await reader.cancel();
  }
}

/** What the registry has beyond the end of the blob is of another one. */
async function skipSent(reader: ChunkReader, bytes: number): Promise<void> {
  try {
    await reader.skip(bytes);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UploadLostError("The registry has more than the blob", {
      cause: error,
    });
  }
}

async function uploadChunks(
  state: UploadState,
  reader: ChunkReader,
): Promise<BlobIdentity> {
  const { size } = state.scope.policy;
  let chunk = await reader.next(size);
  if (chunk.start === 0 && reader.identity !== undefined) {
    await uploadWhole(state, reader.identity, chunk);
    return reader.identity;
  }
  if (state.acknowledged === 0) state.checkpoint();
  for (;;) {
    const { identity } = reader;
    // The next chunk is read while this one travels: two are in memory.
    const next = identity === undefined ? reader.next(size) : undefined;
    next?.catch(() => {}); // it is awaited below, unless sending fails before
    await sendChunk(state, chunk);
    if (next !== undefined) chunk.release();
    if (next !== undefined) {
      chunk = await next;
    } else if (identity !== undefined) {
      await completeUpload(state, identity, chunk);
      return identity;
    }
  }
}

async function begin(
  scope: UploadScope,
  content: BlobContent,
  options: BlobUploadOptions,
): Promise<ResumedUpload> {
  const resumed = await resumeUpload(scope, content, options);
  if (resumed !== undefined) {
    await options.session?.cancel();
    return resumed;
  }
  const session = options.session ??
    await startUpload(scope, options.signal && { signal: options.signal });
  return { state: new UploadState(scope, session, options), offset: 0 };
}

/** Tells two ways of sending apart: a changed one deserves a try of its own. */
function wayOf(scope: UploadScope): string {
  return scope.policy.streamed ? "stream" : String(scope.policy.size);
}

/**
 * Gives the session up, unless a later process is to go on with it: that is the
 * point of a checkpoint.
 */
async function abandon(
  state: UploadState,
  error: unknown,
  options: BlobUploadOptions,
): Promise<void> {
  const useless = error instanceof UploadLostError ||
    error instanceof ContentMismatchError;
  if (useless || options.onCheckpoint === undefined) {
    await state.session.cancel();
  }
}

async function findAgain(
  state: UploadState,
  content: BlobContent,
): Promise<BlobIdentity | undefined> {
  const { digest, size } = content;
  if (digest === undefined || size === undefined) return undefined;
  const found = await findBlob(state.scope, digest, state.step);
  return found && { digest, size };
}

/** What broke the last try, or that the registry did not keep it. */
function givenUp(scope: UploadScope, lost: UploadLostError): unknown {
  const { cause, message } = lost;
  if (cause !== undefined && !(cause instanceof RegistryError)) return cause;
  const reason = message.charAt(0).toLowerCase() + message.slice(1);
  return new RegistryError(
    `Cannot upload a blob to "${scope.repository}": it was started again ${MAX_RESTARTS} times, and still ${reason}`,
    {
      method: "PATCH",
      path: uploadsPath(scope),
      status: cause?.status ?? 202,
      errors: cause?.errors ?? [],
      cause: lost,
    },
  );
}
