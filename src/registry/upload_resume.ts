import type { BlobContent } from "../content/blob_content.ts";
import { findBlob } from "./blobs.ts";
import type { BlobIdentity } from "./chunk_reader.ts";
import { RegistryError } from "./registry_error.ts";
import { UploadLostError } from "./upload_lost_error.ts";
import type { UploadRange } from "./upload_range.ts";
import { readLocation, UploadSession } from "./upload_session.ts";
import {
  type ResumeOutcome,
  type UploadCheckpoint,
  type UploadScope,
  UploadState,
  type UploadStateOptions,
} from "./upload_state.ts";

/** Options of an upload that may go on with another one. */
export interface ResumeOptions {
  /** Where another process left this very blob; ignored when it is lost. */
  readonly resume?: UploadCheckpoint;
  /** Told what came of {@linkcode resume}. */
  readonly onResume?: (outcome: ResumeOutcome) => void;
}

/** An upload that goes on, or of which nothing is left to do. */
export type ResumedUpload = {
  /** The upload. */
  readonly state: UploadState;
  /** Bytes that the registry has. */
  readonly offset: number;
} | {
  /** What the registry holds already. */
  readonly blob: BlobIdentity;
};

/**
 * Goes on with an upload of another process, as far as the registry still
 * knows it: what that one wrote down is never believed.
 *
 * @returns `undefined` when there is nothing to go on with
 */
export async function resumeUpload(
  scope: UploadScope,
  content: BlobContent,
  options: ResumeOptions & UploadStateOptions,
): Promise<ResumedUpload | undefined> {
  const { resume, onResume, signal } = options;
  const isTold = content.digest !== undefined;
  const find = () => findFinished(scope, isTold ? content : resume, signal);
  // Where the content itself says its digest, that was looked for before.
  const finished = isTold ? undefined : await find();
  if (finished !== undefined) return finishedUpload(finished, options);
  const location = readLocation(resume?.location ?? "", scope);
  if (location === undefined || scope.policy.streamed) return undefined;
  const session = new UploadSession(scope, location);
  const state = new UploadState(scope, session, options);
  const range = await scope.client.retry(() => askIfAlive(state), signal);
  // The other process's last request may have closed the session just now.
  const closed = range === undefined ? await find() : undefined;
  if (closed !== undefined) return finishedUpload(closed, options);
  onResume?.(outcomeOf(range));
  if (range?.kind === "offset") {
    state.acknowledge(range.offset);
    return { state, offset: range.offset };
  }
  if (range !== undefined) await session.cancel();
  return undefined;
}

function finishedUpload(
  blob: BlobIdentity,
  { onResume }: ResumeOptions,
): ResumedUpload {
  onResume?.({ kind: "resumed", offset: blob.size });
  return { blob };
}

/** A refusal, whatever its reason, is none to give up a blob that can be sent. */
async function askIfAlive(
  state: UploadState,
): Promise<UploadRange | undefined> {
  try {
    return await state.ask();
  } catch (error) {
    if (error instanceof UploadLostError) return undefined;
    if (error instanceof RegistryError && !error.transient) return undefined;
    throw error;
  }
}

/**
 * The other process may have finished the blob, and been stopped before a
 * manifest listed it. The digest that it wrote down is that of the bytes that it
 * had sent by then.
 */
async function findFinished(
  scope: UploadScope,
  told: BlobContent | UploadCheckpoint | undefined,
  signal: AbortSignal | undefined,
): Promise<BlobIdentity | undefined> {
  if (told?.digest === undefined) return undefined;
  const { digest } = told;
  const size = "offset" in told ? told.offset : told.size;
  const found = await findBlob(scope, digest, signal && { signal });
  const actual = found && (found.size ?? size);
  if (actual === undefined || actual !== (size ?? actual)) return undefined;
  return { digest, size: actual };
}

function outcomeOf(range: UploadRange | undefined): ResumeOutcome {
  if (range?.kind === "offset") {
    return { kind: "resumed", offset: range.offset };
  }
  return { kind: range?.kind === "absent" ? "untold" : "lost" };
}
