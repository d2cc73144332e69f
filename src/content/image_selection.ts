import { digestEncoded, digestOf, isDigest } from "../oci/digest.ts";
import {
  formatReference,
  parseReference,
  ReferenceSyntaxError,
} from "../oci/reference.ts";
import { isDraft, type SourceImage } from "./image_source.ts";
import { NamingError } from "./naming_error.ts";

/** Shortest piece of a digest that may select an image: git's own minimum. */
const MIN_DIGEST_PREFIX = 7;

/**
 * Picks images by name, with or without the host, or by digest. An image that
 * was picked by a name keeps only that name.
 *
 * @param wanted what to pick; everything when it is empty
 * @throws {NamingError} when one of the wanted is not there
 */
export function selectImages(
  images: readonly SourceImage[],
  wanted: readonly string[],
): readonly SourceImage[] {
  if (wanted.length === 0) return images;
  for (const word of wanted) {
    if (images.some((image) => pick(image, [word]) !== undefined)) continue;
    throw new NamingError(
      `Cannot select "${word}": no image of the source has that name`,
      `The source holds: ${describeImages(images)}`,
    );
  }
  return images.flatMap((image) => pick(image, wanted) ?? []);
}

/** Names images for messages. */
export function describeImages(images: readonly SourceImage[]): string {
  return images.map((image) => image.names[0] ?? identityOf(image)).join(", ");
}

/** The root's digest; for an image without a manifest that of its config. */
export function identityOf({ root }: SourceImage): string {
  return isDraft(root) ? digestOf(root.config) : root.digest;
}

function pick(
  image: SourceImage,
  wanted: readonly string[],
): SourceImage | undefined {
  if (wanted.some((word) => isDigestOf(image, word))) return image;
  const names = image.names.filter((name) =>
    wanted.includes(name) || wanted.includes(withoutHost(name))
  );
  return names.length === 0 ? undefined : { ...image, names };
}

function isDigestOf(image: SourceImage, word: string): boolean {
  const digest = identityOf(image);
  if (word.length < MIN_DIGEST_PREFIX || !isDigest(digest)) return false;
  return digest.startsWith(word) || digestEncoded(digest).startsWith(word);
}

function withoutHost(name: string): string {
  try {
    const { domain: _, ...rest } = parseReference(name);
    return formatReference(rest);
  } catch (error) {
    if (error instanceof ReferenceSyntaxError) return name;
    throw error;
  }
}
