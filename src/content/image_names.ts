import {
  formatReference,
  isRepository,
  isTag,
  parseReference,
  type Reference,
  ReferenceSyntaxError,
} from "../oci/reference.ts";
import { describeImages, identityOf, selectImages } from "./image_selection.ts";
import type { SourceImage } from "./image_source.ts";
import { NamingError } from "./naming_error.ts";

/** Options for {@linkcode nameImages}. */
export interface NamingOptions {
  /** `NAME[:TAG]` for the single image; the tag is `latest` where absent. */
  readonly as?: string;
  /** Path that is put before every repository. */
  readonly prefix?: string;
  /** Names or digests of the images to take; all when absent or empty. */
  readonly select?: readonly string[];
  /** Repository for images that have only a tag. */
  readonly fallbackRepository?: string;
}

/** A name of the source and what it becomes in the target. */
export interface NameMapping {
  /** As the source has it; empty where it has none. */
  readonly from: string;
  /** `REPOSITORY:TAG`, or `REPOSITORY` for an image without a tag. */
  readonly to: string;
}

/** An image and where it goes. */
export interface NamedImage {
  /** The image. */
  readonly image: SourceImage;
  /** The repository in the target. */
  readonly repository: string;
  /** The tags in the target; empty for an image that is named by digest. */
  readonly tags: readonly string[];
  /** Where each name comes from. */
  readonly mappings: readonly NameMapping[];
}

interface Placement {
  readonly image: SourceImage;
  readonly from: string;
  readonly repository: string;
  readonly tag?: string;
}

/**
 * Decides where every image of a source goes. The registry's host in a name is
 * dropped; an image with names in several repositories goes to each of them.
 *
 * @throws {NamingError} when an image has no usable name, two images would get
 *   the same name, or a selection finds nothing
 * @throws {ReferenceSyntaxError} when `as` or `prefix` is malformed
 */
export function nameImages(
  images: readonly SourceImage[],
  options: NamingOptions = {},
): readonly NamedImage[] {
  if (images.length === 0) {
    throw new NamingError(
      "Cannot push: the source holds no image",
      "Check that it was written completely",
    );
  }
  const chosen = selectImages(images, options.select ?? []);
  const placements = options.as === undefined
    ? chosen.flatMap((image) => place(image, options.fallbackRepository))
    : [placeOne(chosen, options.as)];
  const placed = placements.map((item) => withPrefix(item, options.prefix));
  refuseCollisions(placed);
  return group(placed);
}

function placeOne(images: readonly SourceImage[], as: string): Placement {
  const { domain, repository, tag, digest } = parseReference(as);
  if (domain !== undefined) {
    throw new ReferenceSyntaxError(
      as,
      `it names the host "${domain}", but the registry is chosen with --registry`,
    );
  }
  const [image] = images;
  if (image === undefined || images.length > 1) {
    throw new NamingError(
      `Cannot name the image "${as}": there are ${images.length} images, must be 1`,
      `Choose one with --select, of: ${describeImages(images)}`,
    );
  }
  return {
    image,
    from: image.names[0] ?? "",
    repository,
    ...digest === undefined && { tag: tag ?? "latest" },
  };
}

function place(
  image: SourceImage,
  fallbackRepository: string | undefined,
): readonly Placement[] {
  if (image.names.length === 0) {
    throw new NamingError(
      `Cannot name the image ${identityOf(image)}: the source gives it no name`,
      `Give it one: --as NAME[:TAG]; where there are several images, choose it with --select ${
        identityOf(image)
      }`,
    );
  }
  const full = image.names.filter((name) => /[/:@]/.test(name));
  if (full.length > 0) return full.map((name) => placeReference(image, name));
  return image.names.map((name) => placeTag(image, name, fallbackRepository));
}

function placeReference(image: SourceImage, name: string): Placement {
  const { repository, tag, digest } = parseSourceName(name);
  const tagged = tag ?? (digest === undefined ? "latest" : undefined);
  return {
    image,
    from: name,
    repository,
    ...tagged !== undefined && { tag: tagged },
  };
}

function parseSourceName(name: string): Reference {
  try {
    return parseReference(name);
  } catch (error) {
    if (!(error instanceof ReferenceSyntaxError)) throw error;
    throw new NamingError(
      `Cannot use the name "${name}" of the source: ${error.message}`,
      "Give the image another name with --as NAME[:TAG]",
      { cause: error },
    );
  }
}

function placeTag(
  image: SourceImage,
  name: string,
  fallbackRepository: string | undefined,
): Placement {
  if (!isTag(name)) {
    throw new NamingError(
      `Cannot use the name "${name}" of the source: it is neither a reference nor a tag`,
      "Give the image another name with --as NAME[:TAG]",
    );
  }
  if (fallbackRepository === undefined || !isRepository(fallbackRepository)) {
    throw new NamingError(
      `Cannot name the image ${
        identityOf(image)
      }: the source gives it the tag "${name}" but no repository`,
      `Give it one with --as NAME:${name}`,
    );
  }
  return { image, from: name, repository: fallbackRepository, tag: name };
}

function withPrefix(item: Placement, prefix: string | undefined): Placement {
  if (prefix === undefined) return item;
  const repository = `${prefix.replace(/\/+$/, "")}/${item.repository}`;
  if (!isRepository(repository)) {
    throw new ReferenceSyntaxError(
      prefix,
      `"${repository}" is not a repository name`,
    );
  }
  return { ...item, repository };
}

function refuseCollisions(placements: readonly Placement[]): void {
  const owners = new Map<string, Placement>();
  for (const item of placements) {
    if (item.tag === undefined) continue;
    const name = nameOf(item);
    const other = owners.get(name);
    if (
      other !== undefined && identityOf(other.image) !== identityOf(item.image)
    ) {
      throw new NamingError(
        `Cannot push two images as "${name}": "${other.from}" and "${item.from}" are not the same image`,
        `Push them one by one: --select "${item.from}" --as OTHER-NAME`,
      );
    }
    owners.set(name, item);
  }
}

function group(placements: readonly Placement[]): readonly NamedImage[] {
  const groups = new Map<string, Placement[]>();
  for (const item of placements) {
    const key = `${identityOf(item.image)} ${item.repository}`;
    groups.set(key, [...groups.get(key) ?? [], item]);
  }
  return [...groups.values()].flatMap((items) => {
    const [first] = items;
    if (first === undefined) return [];
    const tags = items.flatMap(({ tag }) => tag === undefined ? [] : [tag]);
    return [{
      image: first.image,
      repository: first.repository,
      tags: [...new Set(tags)],
      mappings: items.map((item) => ({ from: item.from, to: nameOf(item) })),
    }];
  });
}

function nameOf({ repository, tag }: Placement): string {
  return formatReference({ repository, ...tag !== undefined && { tag } });
}
