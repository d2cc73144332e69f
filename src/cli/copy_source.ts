import { selectImages } from "../content/image_selection.ts";
import type { ImageSource, SourceImage } from "../content/image_source.ts";
import { formatReference, type Reference } from "../oci/reference.ts";
import { parseDigestTag } from "../registry/digest_tag.ts";
import type { Repository } from "../registry/repository.ts";
import { type CopyBatch, type PlannedImage, planOne } from "./copy_batch.ts";
import type { RegistryLocation } from "./copy_location.ts";
import type { CopyRegistry } from "./copy_registry.ts";
import type { CopySettings } from "./copy_settings.ts";
import { fallbackRepository } from "./open_source.ts";
import {
  planRegistryImages,
  type RegistryImage,
  type RegistryPlanOptions,
} from "./registry_images.ts";
import type { SourceLocation } from "./source_location.ts";
import { UsageError } from "./usage_error.ts";

/** Plans the images of a file, a folder, a stream or an engine. */
export async function planHostImages(
  source: ImageSource,
  location: SourceLocation,
  settings: CopySettings,
): Promise<CopyBatch> {
  const fallback = fallbackRepository(location);
  const wanted = location.name === undefined ? [] : [location.name];
  const planned: PlannedImage[] = [];
  for (const image of selectImages(await source.images(), wanted)) {
    const names = fullNames(image, fallback);
    const name = names[0] ?? "an image without a name";
    const plan = await planOne(source, image, { ...settings, name });
    planned.push({ plan, names });
  }
  return { source, images: planned, isCompanion: false };
}

/** Plans the images of a repository. */
export async function planRepository(
  from: CopyRegistry,
  location: RegistryLocation,
  settings:
    & CopySettings
    & Pick<RegistryPlanOptions, "checkBlobs" | "onWarning" | "signal">,
): Promise<readonly CopyBatch[]> {
  const { repository: typed } = location.image;
  const repository = from.registry.repository(from.repositoryName(typed));
  const name = formatReference({
    repository: typed,
    ...location.kind === "external" && { domain: location.host },
  });
  const { signal } = settings;
  const references = settings.all
    ? await allTags(repository, signal)
    : [location.image.digest ?? location.image.tag ?? "latest"];
  const images = references.map((reference): RegistryImage => ({
    reference,
    name: nameOf(name, location.image, reference),
  }));
  return await planRegistryImages(repository, images, { ...settings, name });
}

/** A tag beside a digest is the name; the digest says what it must lead to. */
function nameOf(
  repository: string,
  { tag, digest }: Reference,
  reference: string,
): string {
  if (digest === undefined) return `${repository}:${reference}`;
  return tag === undefined ? `${repository}@${digest}` : `${repository}:${tag}`;
}

async function allTags(
  repository: Pick<Repository, "location" | "tags">,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const tags: string[] = [];
  for await (const tag of repository.tags({ signal })) {
    // Where it goes the list is made anew, if that registry needs one.
    if (parseDigestTag(tag)?.kind !== "referrers") tags.push(tag);
  }
  if (tags.length > 0) return tags;
  throw new UsageError(
    `Cannot copy all of "${repository.location}": the registry has no tag of it`,
  );
}

/** A bare tag becomes a name with that of the file. */
function fullNames(
  { names }: SourceImage,
  fallback: string | undefined,
): readonly string[] {
  const full = names.filter((name) => /[/:@]/.test(name));
  if (full.length > 0 || fallback === undefined) return full;
  return names.map((name) => `${fallback}:${name}`);
}
