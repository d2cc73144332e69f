import { type ImagePlan, planImage } from "../content/copy_plan.ts";
import { CopyPreview } from "../content/copy_preview.ts";
import { describeLeftBehind } from "../content/image_companions.ts";
import { ImageCopier } from "../content/image_copier.ts";
import { type NamedImage, nameImages } from "../content/image_names.ts";
import type { ImageSource } from "../content/image_source.ts";
import type { ImageTarget } from "../content/image_target.ts";
import { formatReference } from "../oci/reference.ts";
import { findHeldLayers } from "./engine_layers.ts";
import type { Io } from "./io.ts";
import { fallbackRepository, openSource } from "./open_source.ts";
import { noteNodeReferences } from "./node_references_note.ts";
import {
  type PreviewedPush,
  previewJson,
  previewText,
} from "./preview_report.ts";
import type { ProgressDisplay } from "./progress_display.ts";
import { type PushedImage, pushedJson, pushedText } from "./push_report.ts";
import type { PushSettings } from "./push_settings.ts";
import type { SourceLocation } from "./source_location.ts";

/** A registry that answers. */
export interface Repositories {
  /** Returns one of its repositories. */
  repository(name: string): ImageTarget;
}

/** Options for {@linkcode pushImages}. */
export interface PushImagesOptions {
  /** Where the images are. */
  readonly location: SourceLocation;
  /** Makes sure that the registry can be reached, and returns it. */
  readonly connect: () => Promise<Repositories>;
  /** Finds what nodes pull from, once images are there. */
  readonly nodeAddress: () => Promise<string | undefined>;
  /** Shows what happens. */
  readonly display: ProgressDisplay;
  /** Standard input, temporary files, time and the end of it all. */
  readonly io: Io;
}

/** An image, where it goes, and what has to move. */
interface PlannedImage extends NamedImage {
  readonly plan: ImagePlan;
  /** Its name in messages and events. */
  readonly name: string;
}

/**
 * Pushes the images of a source, or looks what a push would do.
 *
 * @returns the text for the standard output
 */
export async function pushImages(
  settings: PushSettings,
  options: PushImagesOptions,
): Promise<string> {
  const { location, connect, io } = options;
  const startedAt = io.clock.now();
  const connected = once(async () => targetsIn(await connect()));
  // A stream is gone once it is read: nothing of it is, before there is a
  // registry to push to.
  if (location.kind === "stream") await connected();
  const source = await openPushSource(settings, options, connected);
  try {
    const planned = await planImages(source, settings, options);
    const targets = await connected();
    const isJson = settings.output.output === "json";
    if (settings.dryRun) {
      const images = await previewImages(planned, targets, settings);
      return isJson ? previewJson(images) : previewText(images);
    }
    const copier = new ImageCopier(source, {
      jobs: settings.jobs,
      reuseLayers: settings.reuseLayers,
      signal: io.signal,
      onEvent: options.display.onEvent,
    });
    const images = await copyImages(planned, { copier, targets });
    const milliseconds = io.clock.now() - startedAt;
    const nodeAddress = await noteNodeReferences(images, options);
    return isJson
      ? pushedJson(images, { milliseconds, nodeAddress })
      : pushedText(images);
  } finally {
    await source.close();
  }
}

/** An engine takes long to hand over an image: there is a registry before. */
async function openPushSource(
  { naming, encoding, reuseLayers, dryRun }: PushSettings,
  { location, display, io }: PushImagesOptions,
  connected: () => Promise<Targets>,
): Promise<ImageSource> {
  return await openSource(location, {
    io,
    encoding,
    note: (message) => display.note(message),
    findHeld: async (image) => {
      const target = await connected();
      if (dryRun) return undefined;
      const { signal } = io;
      const options = { naming, encoding, reuseLayers, target, signal };
      return await findHeldLayers(image, options);
    },
  });
}

async function planImages(
  source: ImageSource,
  { naming, platform }: PushSettings,
  { location, display, io }: PushImagesOptions,
): Promise<readonly PlannedImage[]> {
  const images = await source.images();
  for (const warning of source.warnings) display.warn(warning);
  const { name } = location;
  const fallback = fallbackRepository(location);
  const named = nameImages(images, {
    ...naming,
    select: name === undefined ? naming.select : [...naming.select, name],
    ...fallback !== undefined && { fallbackRepository: fallback },
  });
  const planned: PlannedImage[] = [];
  for (const item of named) {
    io.signal.throwIfAborted();
    tellNames(item, display);
    const plan = await planImage(source, item.image, platform && { platform });
    for (const note of plan.notes) display.note(note);
    for (const { tag } of plan.attachments) {
      display.note(`With it goes ${item.repository}:${tag}`);
    }
    planned.push({ ...item, plan, name: nameOf(item) });
  }
  const plans = planned.map(({ plan }) => plan);
  const leftBehind = await describeLeftBehind(source, plans);
  if (leftBehind !== undefined) display.note(leftBehind);
  return planned;
}

type Targets = (repository: string) => ImageTarget;

async function copyImages(
  planned: readonly PlannedImage[],
  { copier, targets }: {
    readonly copier: ImageCopier;
    readonly targets: Targets;
  },
): Promise<readonly PushedImage[]> {
  const images: PushedImage[] = [];
  for (const { repository, tags, plan, name } of planned) {
    const target = targets(repository);
    const copied = await copier.copy(plan, target, { name, tags });
    images.push({ repository, tags, copied });
  }
  return images;
}

async function previewImages(
  planned: readonly PlannedImage[],
  targets: Targets,
  { reuseLayers }: PushSettings,
): Promise<readonly PreviewedPush[]> {
  const copyPreview = new CopyPreview();
  const images: PreviewedPush[] = [];
  for (const { repository, tags, plan } of planned) {
    const target = targets(repository);
    const options = { tags, reuseLayers };
    const preview = await copyPreview.preview(plan, target, options);
    images.push({ repository, tags, preview });
  }
  return images;
}

/** A copy knows a target by its identity: one object for a repository. */
function targetsIn(registry: Repositories): Targets {
  const targets = new Map<string, ImageTarget>();
  return (name) => {
    const target = targets.get(name) ?? registry.repository(name);
    targets.set(name, target);
    return target;
  };
}

/** What is done at most once, when it is first asked for. */
function once<T>(action: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => result ??= action();
}

/** A name that the image keeps needs no word. */
function tellNames({ mappings }: NamedImage, display: ProgressDisplay): void {
  for (const { from, to } of mappings) {
    if (from === to || `${from}:latest` === to) continue;
    display.note(`${from || "An image without a name"} is pushed as ${to}`);
  }
}

function nameOf({ repository, tags }: NamedImage): string {
  const [tag] = tags;
  return formatReference({ repository, ...tag !== undefined && { tag } });
}
