import { describeLeftBehind } from "../content/image_companions.ts";
import { type CopyBatch, renamed, wantedBlobs } from "./copy_batch.ts";
import type { RegistryLocation } from "./copy_location.ts";
import { copyToRepository } from "./copy_push.ts";
import {
  type CopyRegistry,
  isSameRegistry,
  openCopyRegistry,
} from "./copy_registry.ts";
import type { CopySettings } from "./copy_settings.ts";
import { planHostImages, planRepository } from "./copy_source.ts";
import type { Io } from "./io.ts";
import type { LinkSettings } from "./link_settings.ts";
import { noteNodeReferences } from "./node_references_note.ts";
import { openSource } from "./open_source.ts";
import { describeTarget, openTarget, refuseTerminal } from "./open_target.ts";
import type { ProgressDisplay } from "./progress_display.ts";
import { pulledJson, pulledText } from "./pull_report.ts";
import { pushedJson, pushedText } from "./push_report.ts";
import { blamingRegistry } from "./registry_blame.ts";
import { copyStaged } from "./staged_copy.ts";
import type { TargetLocation } from "./target_location.ts";

/** Options for {@linkcode copyImages}. */
export interface CopyImagesOptions {
  /** Shows what happens. */
  readonly display: ProgressDisplay;
  /** The world outside. */
  readonly io: Io;
}

/** The registries at the ends of a copy, where there are any. */
interface Ends extends Disposable {
  readonly from?: CopyRegistry;
  readonly to?: CopyRegistry;
}

/** What a copy moves; closed when it is done. */
interface OpenBatches extends AsyncDisposable {
  readonly batches: readonly CopyBatch[];
}

/** Writes the result of a copy that took so many milliseconds. */
type Report = (milliseconds: number) => string;

/**
 * Copies images from one place to another.
 *
 * @returns the text of the result
 */
export async function copyImages(
  settings: CopySettings,
  options: CopyImagesOptions,
): Promise<string> {
  const { target } = settings;
  const { io, display } = options;
  const startedAt = io.clock.now();
  if (target.kind === "host" && target.location.kind === "stream") {
    refuseTerminal(io.stdout);
  }
  using ends = await openEnds(settings, options);
  const copy = async () => {
    await using opened = await openBatches(settings, ends, options);
    for (const { plan } of opened.batches.flatMap(({ images }) => images)) {
      for (const note of plan.notes) display.note(note);
    }
    return target.kind === "host"
      ? await copyToHost(opened, target.location, { ...options, settings })
      : await copyToRegistry(opened, target, { ...options, settings, ends });
  };
  const report = ends.from === undefined
    ? await copy()
    : await blamingRegistry(ends.from.title, copy);
  return report(io.clock.now() - startedAt);
}

/** One registry at both ends is opened once: it lends blobs to itself. */
async function openEnds(
  settings: CopySettings,
  { io, display }: CopyImagesOptions,
): Promise<Ends> {
  const { source, target, plainHttp } = settings;
  const stdinTaken = source.kind === "host" &&
    source.location.kind === "stream";
  const common = { io, display, plainHttp, stdinTaken };
  using opening = new DisposableStack();
  const open = async (location: RegistryLocation, link: LinkSettings) =>
    opening.use(await openCopyRegistry(location, { ...common, link }));
  const from = source.kind === "host"
    ? undefined
    : await open(source, settings.from);
  const to = target.kind === "host"
    ? undefined
    : from !== undefined && isSameRegistry(settings)
    ? from
    : await open(target, settings.to);
  const opened = opening.move();
  return {
    ...from && { from },
    ...to && { to },
    [Symbol.dispose]: () => opened.dispose(),
  };
}

async function openBatches(
  settings: CopySettings,
  ends: Ends,
  { io, display }: CopyImagesOptions,
): Promise<OpenBatches> {
  const { source, encoding } = settings;
  if (source.kind !== "host") {
    const work = {
      ...settings,
      checkBlobs: ends.from === ends.to,
      onWarning: (message: string) => display.warn(message),
      signal: io.signal,
    };
    const batches = ends.from === undefined
      ? []
      : await planRepository(ends.from, source, work);
    return { batches, [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  const note = (message: string) => display.note(message);
  const opened = await openSource(source.location, { io, encoding, note });
  try {
    for (const warning of opened.warnings) display.warn(warning);
    const batch = await planHostImages(opened, source.location, settings);
    const plans = batch.images.map(({ plan }) => plan);
    const leftBehind = settings.referrers && !settings.forDocker
      ? await describeLeftBehind(opened, plans)
      : undefined;
    if (leftBehind !== undefined) note(leftBehind);
    return { batches: [batch], [Symbol.asyncDispose]: () => opened.close() };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

async function copyToHost(
  opened: OpenBatches,
  location: TargetLocation,
  options: CopyImagesOptions & { readonly settings: CopySettings },
): Promise<Report> {
  const { settings } = options;
  const batches = renamed(opened.batches, location.name);
  const wanted = wantedBlobs(batches);
  const target = await openTarget(location, { ...options, wanted });
  // An archive takes one blob after the other.
  const jobs = location.kind === "layout" ? settings.jobs : 1;
  const images = await copyStaged(batches, target, { ...options, jobs });
  const place = describeTarget(location);
  return (milliseconds) =>
    settings.output.output === "json"
      ? pulledJson(images, place, milliseconds)
      : pulledText(images, place);
}

async function copyToRegistry(
  { batches }: OpenBatches,
  { image }: RegistryLocation,
  options: CopyImagesOptions & {
    readonly settings: CopySettings;
    readonly ends: Ends;
  },
): Promise<Report> {
  const { settings, ends: { to } } = options;
  if (to === undefined) throw new TypeError("Cannot copy: no registry is open");
  const name = to.repositoryName(image.repository);
  const images = await copyToRepository(batches, to.registry.repository(name), {
    ...options,
    image,
    jobs: settings.jobs,
  });
  const nodeAddress = await noteNodeReferences(images, {
    nodeAddress: () => to.nodeAddress(),
    display: options.display,
  });
  return (milliseconds) =>
    settings.output.output === "json"
      ? pushedJson(images, { milliseconds, nodeAddress })
      : pushedText(images);
}
