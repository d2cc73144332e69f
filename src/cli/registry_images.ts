import type { ImageSource } from "../content/image_source.ts";
import { parseSignatureTag } from "../oci/signature_tag.ts";
import { RegistryError } from "../registry/registry_error.ts";
import {
  openRegistrySource,
  type ReadableRepository,
} from "../registry/registry_source.ts";
import type { Repository } from "../registry/repository.ts";
import { findSignatureTags } from "../registry/signature_tags.ts";
import {
  type CopyBatch,
  manifestsIn,
  type PlannedImage,
  planOne,
  type SelectionSettings,
} from "./copy_batch.ts";

/** An image of a repository. */
export interface RegistryImage {
  /** Tag or digest by which the registry is asked. */
  readonly reference: string;
  /** What it is called where it goes. */
  readonly name: string;
}

/** Options for {@linkcode planRegistryImages}. */
export interface RegistryPlanOptions extends SelectionSettings {
  /** The repository's name where the images go. */
  readonly name: string;
  /** Whether the target is in the same registry, which can lend blobs then. */
  readonly checkBlobs: boolean;
  /** Hears of signatures that cannot be looked for. */
  readonly onWarning: (message: string) => void;
  /** Ends the requests. */
  readonly signal: AbortSignal;
}

/**
 * Works out what a copy of images of one repository moves: the images, and a
 * second batch with what cosign keeps about them under tags of its own.
 *
 * @throws {RegistryError} when the registry does not have one of them
 */
export async function planRegistryImages(
  repository: ReadableRepository & Pick<Repository, "tags">,
  images: readonly RegistryImage[],
  options: RegistryPlanOptions,
): Promise<readonly CopyBatch[]> {
  const { signal, checkBlobs } = options;
  const referrers = options.referrers && !options.forDocker;
  const batch = async (wanted: readonly RegistryImage[]) => {
    const references = wanted.map(({ reference }) => reference);
    const settings = { references, referrers, checkBlobs, signal };
    const source = openRegistrySource(repository, settings);
    return { source, images: await planAll(source, wanted, options) };
  };
  const main = { ...await batch(images), isCompanion: false };
  if (!referrers) return [main];
  const signatures = (await signatureTags(repository, main, options))
    .map((tag) => ({ reference: tag, name: `${options.name}:${tag}` }))
    .filter(({ name }) => !images.some((image) => image.name === name));
  if (signatures.length === 0) return [main];
  return [main, { ...await batch(signatures), isCompanion: true }];
}

/** An image is not held back because its registry does not list tags. */
async function signatureTags(
  repository: Pick<Repository, "tags">,
  images: CopyBatch,
  { signal, onWarning }: RegistryPlanOptions,
): Promise<readonly string[]> {
  try {
    return await findSignatureTags(repository, manifestsIn(images), { signal });
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    onWarning(
      `Signatures under tags of their own stay behind: ${error.message}`,
    );
    return [];
  }
}

/** The source has the images in the order in which they were asked for. */
async function planAll(
  source: ImageSource,
  wanted: readonly RegistryImage[],
  options: SelectionSettings,
): Promise<readonly PlannedImage[]> {
  const { platform: _, ...whole } = options;
  const planned: PlannedImage[] = [];
  for (const [index, image] of (await source.images()).entries()) {
    const { name = image.names[0] ?? "", reference = "" } = wanted[index] ?? {};
    // What is about an image runs on no platform.
    const isSignature = parseSignatureTag(reference) !== undefined;
    const settings = isSignature ? whole : options;
    const plan = await planOne(source, image, { ...settings, name });
    planned.push({ plan, names: [name] });
  }
  return planned;
}
