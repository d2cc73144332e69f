import type { CopyListener } from "../content/copy_event.ts";
import { type CopiedImage, ImageCopier } from "../content/image_copier.ts";
import type { StagedTarget } from "../content/staged_target.ts";
import { isTransient } from "../http/backoff.ts";
import type { CopyBatch } from "./copy_batch.ts";
import { nameBeside } from "./image_name.ts";
import type { Io } from "./io.ts";
import type { ProgressDisplay } from "./progress_display.ts";
import { findMismatch } from "./registry_blame.ts";

/** Options for {@linkcode copyStaged}. */
export interface StagedCopyOptions {
  /** Blobs at once. */
  readonly jobs: number;
  /** Shows what happens. */
  readonly display: Pick<ProgressDisplay, "onEvent">;
  /** The end of it all. */
  readonly io: Pick<Io, "signal">;
}

/** An image that is where it was to go. */
export interface StagedResult {
  /** Its names. */
  readonly names: readonly string[];
  /** What is there. */
  readonly copied: CopiedImage;
}

/**
 * Copies images into a target on this host and commits it; all of them, or
 * none. What a broken transfer has brought stays for the next try, what is
 * wrong does not.
 *
 * @throws {CopyError} when a part cannot be moved
 */
export async function copyStaged(
  batches: readonly CopyBatch[],
  target: StagedTarget,
  options: StagedCopyOptions,
): Promise<readonly StagedResult[]> {
  const { signal } = options.io;
  try {
    const results: StagedResult[] = [];
    for (const batch of batches) {
      results.push(...await copyBatch(batch, target, options));
    }
    signal.throwIfAborted();
    await target.commit();
    return results;
  } catch (error) {
    await target.abandon({ keepDrafts: isBrokenOff(error, signal) });
    throw error;
  }
}

async function copyBatch(
  { source, images, isCompanion }: CopyBatch,
  target: StagedTarget,
  options: StagedCopyOptions,
): Promise<readonly StagedResult[]> {
  const { jobs, io: { signal } } = options;
  const onEvent = written(options.display.onEvent);
  const copier = new ImageCopier(source, { jobs, signal, onEvent });
  const results: StagedResult[] = [];
  for (const { plan, names } of images) {
    const name = names[0] ?? "image";
    const nameAttachment = (tag: string) => nameBeside(names[0], tag);
    const destination = { name, tags: names, nameAttachment };
    const copied = await copier.copy(plan, target, destination);
    if (names.length === 0) target.list(copied.descriptor);
    if (!isCompanion) results.push({ names, copied });
  }
  return results;
}

/** Nothing is sent anywhere; manifests are written like blobs. */
function written(listener: CopyListener): CopyListener {
  return (event) =>
    listener(
      event.type === "step-finished" && event.outcome === "uploaded"
        ? { ...event, outcome: "written" }
        : event,
    );
}

/** A transfer that broke can be gone on with; wrong content cannot. */
function isBrokenOff(error: unknown, signal: AbortSignal): boolean {
  if (findMismatch(error) !== undefined) return false;
  if (signal.aborted) return true;
  for (let link = error; link instanceof Error; link = link.cause) {
    if (isTransient(link)) return true;
  }
  return false;
}
