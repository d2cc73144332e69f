import { sliceStream } from "../http/body.ts";
import { type BlobIdentity, Chunk, type ChunkReader } from "./chunk_reader.ts";
import { completeUpload } from "./upload_completion.ts";
import { isSessionLost, UploadLostError } from "./upload_lost_error.ts";
import type { UploadState } from "./upload_state.ts";

/**
 * Sends a blob in one request of any length, for registries that refuse chunks.
 * Where it breaks, the blob starts again.
 *
 * @param size number of bytes, where it is known
 * @throws {UploadLostError} when the blob must start again
 */
export async function uploadStreamed(
  state: UploadState,
  reader: ChunkReader,
  size?: number,
): Promise<BlobIdentity> {
  const source = new WatchedSource(reader);
  const step = state.stepFrom(0);
  try {
    await state.session.sendStream({
      stream: () => sliceStream(source.pieces(), step),
      ...size !== undefined && { size },
    }, step);
  } catch (error) {
    // What the source says is the reason; the broken request follows from it.
    source.throwIfFailed();
    await checkSent(state, error, reader.identity);
  }
  const { identity } = reader;
  if (identity === undefined) {
    throw new UploadLostError("The registry did not read all of the blob");
  }
  state.acknowledgeAll(identity.size);
  await completeUpload(state, identity, new Chunk(identity.size, []));
  return identity;
}

/** Passes unless the registry lacks bytes: the answer alone may be lost. */
async function checkSent(
  state: UploadState,
  error: unknown,
  blob: BlobIdentity | undefined,
): Promise<void> {
  const lost = new UploadLostError("The stream broke", { cause: error });
  if (isSessionLost(error)) throw lost;
  await state.backoff.wait(error);
  if (blob === undefined) throw lost;
  const range = await state.ask();
  if (range.kind !== "offset" || range.offset !== blob.size) throw lost;
}

/** The pieces of a blob, and why they ended. */
class WatchedSource {
  readonly #reader: ChunkReader;
  #failure: { readonly error: unknown } | undefined;

  constructor(reader: ChunkReader) {
    this.#reader = reader;
  }

  async *pieces(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const piece = await this.#reader.nextPiece();
        if (piece === undefined) return;
        yield piece;
      }
    } catch (error) {
      this.#failure = { error };
      throw error;
    }
  }

  throwIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
