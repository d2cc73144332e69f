import type { Descriptor } from "../oci/descriptor.ts";
import type { BlobContent } from "./blob_content.ts";
import { CopyError } from "./copy_error.ts";
import type { CopyListener, CopyStep } from "./copy_event.ts";
import type { ImageTarget, PushOutcome, PushResult } from "./image_target.ts";
import { manifestKind } from "./manifest_tree.ts";
import { WorkLimit } from "./work_limit.ts";

/** A blob or manifest of an image that was copied. */
export interface CopiedPart {
  /** What it is. */
  readonly kind: CopyStep["kind"];
  /** What is in the target now. */
  readonly descriptor: Descriptor;
  /** How it came there. */
  readonly outcome: PushOutcome;
  /** Bytes of content that were sent for it. */
  readonly bytesSent: number;
}

/** The copy of one image that a part belongs to. */
export interface CopyRun {
  /** Where the part goes. */
  readonly target: ImageTarget;
  /** The image's name in the target. */
  readonly name: string;
  /** Ends the copy. */
  readonly signal: AbortSignal;
  /** Ends it because a part failed: what runs is given up, nothing more starts. */
  readonly stop: (reason: unknown) => void;
}

/** A blob to move. */
export interface BlobPart {
  /** What it is. */
  readonly kind: CopyStep["kind"];
  /** Its bytes. */
  readonly content: BlobContent;
  /** What it is called before its digest is known: digest or diffID. */
  readonly identity: string;
  /** Bytes to expect. */
  readonly size: number;
  /** A blob that can stand in for it, if the target still has that one. */
  readonly substitute?: Descriptor;
}

/** Options for {@linkcode PartMover}. */
export interface PartMoverOptions {
  /** Blobs that are moved at once. */
  readonly jobs: number;
  /** Receives the steps. */
  readonly onEvent?: CopyListener;
}

/**
 * Moves blobs and manifests: so many at once, each only once into a target,
 * every step reported and every failure named.
 */
export class PartMover {
  readonly #limit: WorkLimit;
  readonly #onEvent: CopyListener;
  readonly #moved = new WeakMap<
    ImageTarget,
    Map<string, Promise<CopiedPart>>
  >();
  readonly #running = new Set<Promise<unknown>>();
  #lastStep = 0;

  /** Makes a mover that has moved nothing yet. */
  constructor(options: PartMoverOptions) {
    this.#limit = new WorkLimit(options.jobs);
    this.#onEvent = options.onEvent ?? (() => {});
  }

  /**
   * Moves a blob, or waits for the move of the same blob that is under way.
   *
   * @throws {CopyError} when it cannot be moved
   */
  async blob(run: CopyRun, part: BlobPart): Promise<CopiedPart> {
    const moved = this.#moved.get(run.target) ?? new Map();
    this.#moved.set(run.target, moved);
    const known = moved.get(part.identity);
    if (known !== undefined) {
      return { ...await known, outcome: "existing", bytesSent: 0 };
    }
    const move = this.#limit.run(() => this.#push(run, part));
    moved.set(part.identity, move);
    this.#running.add(move);
    try {
      return await move;
    } finally {
      this.#running.delete(move);
    }
  }

  /** Waits until no blob is on its way, whether it arrived or failed. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#running);
  }

  /**
   * Writes a manifest or an index that the target does not hold yet.
   *
   * @throws {CopyError} when it cannot be written
   */
  async manifest(
    run: CopyRun,
    descriptor: Descriptor,
    bytes: Uint8Array,
  ): Promise<CopiedPart> {
    const { target, signal } = run;
    const kind = manifestKind(descriptor);
    const step = this.#start(run, kind, descriptor.digest, bytes.length);
    const write = async (): Promise<PushResult> => {
      if (await target.exists(descriptor, signal)) {
        return { descriptor, outcome: "existing", bytesSent: 0 };
      }
      await target.pushManifest(descriptor, bytes, signal);
      return { descriptor, outcome: "uploaded", bytesSent: bytes.length };
    };
    return this.#finish(step, await nameFailure(step, write));
  }

  async #push(run: CopyRun, part: BlobPart): Promise<CopiedPart> {
    run.signal.throwIfAborted();
    const step = this.#start(run, part.kind, part.identity, part.size);
    const push = async () =>
      await reuse(run, part) ?? await run.target.push(part.content, {
        signal: run.signal,
        onProgress: (bytes) =>
          this.#onEvent({
            type: "step-progress",
            step,
            bytes,
            position: part.content.sourceBytes?.(bytes) ?? bytes,
          }),
      });
    try {
      return this.#finish(step, await nameFailure(step, push));
    } catch (error) {
      // Before the place goes to the next blob in the queue.
      run.stop(error);
      throw error;
    }
  }

  #start(
    run: CopyRun,
    kind: CopyStep["kind"],
    digest: string,
    size: number,
  ): CopyStep {
    const step = { id: ++this.#lastStep, kind, digest, size, image: run.name };
    this.#onEvent({ type: "step-started", step });
    return step;
  }

  #finish(step: CopyStep, result: PushResult): CopiedPart {
    this.#onEvent({ type: "step-finished", step, ...result });
    return { kind: step.kind, ...result };
  }
}

async function reuse(
  { target, signal }: CopyRun,
  { substitute }: BlobPart,
): Promise<PushResult | undefined> {
  return substitute && await target.reuse?.(substitute, signal);
}

async function nameFailure<T>(
  step: CopyStep,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new CopyError(step.image, `the ${step.kind} ${step.digest}`, error);
  }
}
