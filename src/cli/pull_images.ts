import type { Registry } from "../registry/registry.ts";
import { type CopyBatch, renamed, wantedBlobs } from "./copy_batch.ts";
import type { Io } from "./io.ts";
import { describeTarget, openTarget, refuseTerminal } from "./open_target.ts";
import type { ProgressDisplay } from "./progress_display.ts";
import { pulledJson, pulledText } from "./pull_report.ts";
import { isDocker, type PullSettings } from "./pull_settings.ts";
import { blamingRegistry } from "./registry_blame.ts";
import { planRegistryImages } from "./registry_images.ts";
import { copyStaged } from "./staged_copy.ts";
import type { TargetLocation } from "./target_location.ts";

/** Options for {@linkcode pullImages}. */
export interface PullImagesOptions {
  /** Where the images go. */
  readonly location: TargetLocation;
  /** Makes sure that the registry can be reached, and returns it. */
  readonly connect: () => Promise<Pick<Registry, "repository">>;
  /** Shows what happens. */
  readonly display: ProgressDisplay;
  /** Standard output, temporary files, time and the end of it all. */
  readonly io: Io;
}

/**
 * Pulls images of a registry into a file, a directory, a stream or an engine.
 *
 * @returns the text of the result
 */
export async function pullImages(
  settings: PullSettings,
  options: PullImagesOptions,
): Promise<string> {
  const { location, connect, display, io } = options;
  const startedAt = io.clock.now();
  if (location.kind === "stream") refuseTerminal(io.stdout);
  const registry = await connect();
  return await blamingRegistry(settings.registry, async () => {
    const planned = await planBatches(settings, options, registry);
    const batches = renamed(planned, location.name);
    const wanted = wantedBlobs(batches);
    const target = await openTarget(location, { io, display, wanted });
    const jobs = location.kind === "layout" ? settings.jobs : 1;
    const images = await copyStaged(batches, target, { jobs, display, io });
    const place = describeTarget(location);
    return settings.output.output === "json"
      ? pulledJson(images, place, io.clock.now() - startedAt)
      : pulledText(images, place);
  });
}

async function planBatches(
  settings: PullSettings,
  { location, display, io }: PullImagesOptions,
  registry: Pick<Registry, "repository">,
): Promise<readonly CopyBatch[]> {
  const batches: CopyBatch[] = [];
  const groups = Map.groupBy(settings.images, (image) => image.repository);
  for (const [name, images] of groups) {
    const repository = registry.repository(name);
    batches.push(
      ...await planRegistryImages(repository, images, {
        ...settings,
        name,
        forDocker: isDocker(location),
        checkBlobs: false,
        onWarning: (message) => display.warn(message),
        signal: io.signal,
      }),
    );
  }
  for (const { plan } of batches.flatMap(({ images }) => images)) {
    for (const note of plan.notes) display.note(note);
  }
  return batches;
}
