import type { Chunk } from "./chunk_reader.ts";
import { RegistryError } from "./registry_error.ts";
import {
  isFormRefused,
  isSessionLost,
  UploadLostError,
} from "./upload_lost_error.ts";
import { uploadsPath } from "./upload_session.ts";
import type { UploadState } from "./upload_state.ts";
import type { UploadRange } from "./upload_range.ts";

/**
 * Sends a chunk and does not return before the registry has acknowledged all of
 * it. After a failure the registry may have all, a part or nothing of it: it is
 * asked, and the rest is sent.
 *
 * @throws {UploadLostError} when the blob must start again
 * @throws {RegistryError} when the registry refuses the chunk for good
 */
export async function sendChunk(
  state: UploadState,
  chunk: Chunk,
): Promise<void> {
  await new ChunkSender(state, chunk).send();
}

/** The same, for a chunk of which the registry may have any part already. */
export async function resendChunk(
  state: UploadState,
  chunk: Chunk,
): Promise<void> {
  await new ChunkSender(state, chunk).resend();
}

class ChunkSender {
  readonly #state: UploadState;
  readonly #chunk: Chunk;
  /** Bytes of the request that is under way or failed last. */
  #attempted = 0;
  /** Whether a failure came after the last acknowledgement. */
  #inDoubt = false;
  /** Where the registry would be if all that was sent has arrived. */
  #hoped: number;

  constructor(state: UploadState, chunk: Chunk) {
    this.#state = state;
    this.#chunk = chunk;
    this.#hoped = chunk.end;
  }

  send(): Promise<void> {
    return this.#sendFrom(this.#chunk.start);
  }

  async resend(): Promise<void> {
    this.#inDoubt = true;
    await this.#sendFrom(undefined);
  }

  /** @param standing what the registry has, `undefined` to ask it */
  async #sendFrom(standing: number | undefined): Promise<void> {
    let offset = standing;
    while (offset === undefined || offset < this.#chunk.end) {
      try {
        offset = offset === undefined
          ? await this.#askOffset()
          : await this.#sendPart(offset);
      } catch (error) {
        await this.#recover(error);
        offset = undefined;
      }
    }
  }

  async #sendPart(offset: number): Promise<number> {
    const { session, scope } = this.#state;
    const part = this.#chunk.slice(offset, offset + scope.policy.size);
    this.#attempted = part.end - part.start;
    this.#hoped = part.end;
    const range = await session.sendChunk(part, this.#state.stepFrom(offset));
    const reached = this.#reachedBy(part, range);
    this.#inDoubt = false;
    this.#state.acknowledge(reached);
    return reached;
  }

  /** Reads how far the registry came with a part that it accepted. */
  #reachedBy(part: Chunk, range: UploadRange): number {
    if (range.kind === "absent") return part.end;
    // `0-0` after more than one byte: it kept one byte or none.
    const reached = range.kind === "offset" ? range.offset : 1;
    if (reached > part.end) {
      throw new UploadLostError(
        `The registry has ${reached} bytes, ${part.end} were sent`,
      );
    }
    if (reached > part.start && (range.kind === "offset" || part.end === 1)) {
      return reached;
    }
    // ECR answers 201 and drops every chunk but the first:
    // https://github.com/aws/containers-roadmap/issues/2831
    this.#state.scope.policy.giveUpChunks();
    throw new UploadLostError("The registry drops chunks");
  }

  async #askOffset(): Promise<number> {
    this.#attempted = 0;
    const range = await this.#state.ask();
    if (range.kind === "absent") return await this.#guessOffset();
    const { start, end } = this.#chunk;
    if (range.kind === "ambiguous") {
      throw new UploadLostError("The registry has one byte or none");
    }
    if (range.offset < start || range.offset > end) {
      throw new UploadLostError(
        `The registry has ${range.offset} bytes, ${start} to ${end} are at hand`,
      );
    }
    this.#state.acknowledge(range.offset);
    return range.offset;
  }

  /** A broken request left all or nothing, if not a part. */
  async #guessOffset(): Promise<number> {
    const { session, step } = this.#state;
    const before = Math.max(this.#state.acknowledged, this.#chunk.start);
    for (const offset of new Set([before, this.#hoped])) {
      if (!await session.standsAt(offset, step)) continue;
      this.#state.acknowledge(offset);
      return offset;
    }
    throw new UploadLostError("The registry does not say what it has");
  }

  async #recover(error: unknown): Promise<void> {
    if (error instanceof UploadLostError) throw error;
    if (isSessionLost(error)) {
      throw new UploadLostError("The registry lost the session", {
        cause: error,
      });
    }
    const { policy } = this.#state.scope;
    const status = error instanceof RegistryError ? error.status : 0;
    if (status === 413) {
      return shrinkAfter413(this.#state, this.#attempted, error);
    }
    if (status === 416) return await this.#recoverOutOfStep(error);
    if (isFormRefused(error) && this.#attempted > 0) {
      policy.giveUpChunks();
      throw new UploadLostError("The registry refuses chunks", {
        cause: error,
      });
    }
    await this.#state.backoff.wait(error);
    this.#inDoubt = true;
  }

  /**
   * Tells whether the registry stands elsewhere than where the refused part
   * begins: it has the part when something on the way sent it twice. Where it
   * does not say, it is in doubt, and asked again.
   */
  async #hasMoved(): Promise<boolean> {
    try {
      const range = await this.#state.ask();
      return range.kind === "offset" &&
        range.offset !== this.#hoped - this.#attempted;
    } catch (error) {
      if (error instanceof UploadLostError) throw error;
      this.#inDoubt = true;
      return true;
    }
  }

  /** After a failure a 416 tells that the registry has something else. */
  async #recoverOutOfStep(error: unknown): Promise<void> {
    const { policy } = this.#state.scope;
    const lost = new UploadLostError("The registry is at another byte", {
      cause: error,
    });
    // Asked twice and still not agreed: the budget ends it.
    if (this.#inDoubt) return await this.#state.backoff.wait(lost);
    if (await this.#hasMoved()) return;
    // GHCR refuses chunks over 4 MiB so:
    // https://github.com/oras-project/rust-oci-client/issues/35
    if (policy.shrink(this.#attempted)) return;
    policy.giveUpChunks();
    throw lost;
  }
}

/**
 * Makes chunks smaller after a 413 (Content Too Large), which comes from a proxy
 * in front of the registry.
 *
 * @throws {RegistryError} when they are as small as they get
 */
export function shrinkAfter413(
  state: UploadState,
  refused: number,
  cause: unknown,
): void {
  if (state.scope.policy.shrink(refused)) return;
  throw new RegistryError(
    `Cannot upload a blob to "${state.scope.repository}": something in front of the registry refuses ${refused} bytes in one request (413)\n` +
      "Raise its limit for request bodies (nginx: client_max_body_size)",
    { method: "PATCH", path: uploadsPath(state.scope), status: 413, cause },
  );
}
