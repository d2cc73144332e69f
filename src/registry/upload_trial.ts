import { randomFillSync } from "node:crypto";
import { Chunk } from "./chunk_reader.ts";
import { RegistryError } from "./registry_error.ts";
import type { UploadScope } from "./upload_state.ts";
import { startUpload } from "./upload_start.ts";

/** Options for {@linkcode measureUpload}. */
export interface UploadTrialOptions {
  /** Ends the trial. */
  readonly signal?: AbortSignal;
  /**
   * Milliseconds of a clock that never goes back.
   *
   * @default {performance.now}
   */
  readonly now?: () => number;
}

/** Bytes that are enough on a fast path. */
const MOST_BYTES = 16 * 1024 * 1024;

/** Milliseconds that are enough on a slow one. */
const MOST_TIME = 1000;

/** Bytes of a request: small, so that a slow path does not take long. */
const PIECE_SIZE = 1024 * 1024;

/**
 * Sends noise into an upload that is given up again, and tells how many bytes
 * the path took in a second.
 *
 * @throws {RegistryError} when the registry takes no uploads
 */
export async function measureUpload(
  scope: UploadScope,
  { signal, now = () => performance.now() }: UploadTrialOptions = {},
): Promise<number> {
  const step = signal === undefined ? {} : { signal };
  const size = Math.min(PIECE_SIZE, scope.policy.size);
  const noise = randomFillSync(new Uint8Array(size));
  const session = await startUpload(scope, step);
  try {
    const startedAt = now();
    let bytes = 0;
    let milliseconds = 0;
    while (bytes < MOST_BYTES && milliseconds < MOST_TIME) {
      // The transport gives back the memory of what it has sent.
      const chunk = new Chunk(bytes, [noise.slice()]);
      if (!await isTaken(session.sendChunk(chunk, step), bytes)) break;
      bytes += size;
      milliseconds = now() - startedAt;
    }
    return bytes / milliseconds * 1000;
  } finally {
    await session.cancel();
  }
}

/** Some registries take only one chunk: the rate of that is known then. */
async function isTaken(
  sending: Promise<unknown>,
  before: number,
): Promise<boolean> {
  try {
    await sending;
    return true;
  } catch (error) {
    if (before > 0 && error instanceof RegistryError) return false;
    throw error;
  }
}
