import type { Attachment, SourceImage } from "../content/image_source.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import type { ImageIndex } from "../oci/image_index.ts";
import { hasSuccessors } from "../oci/successors.ts";
import { entryKind } from "./index_kinds.ts";
import { normalizedName } from "./normalized_name.ts";

/** What the descriptors of an `index.json` stand for. */
export interface IndexContent {
  /** Images, with their names, each once. */
  readonly images: readonly NamedRoot[];
  /** Manifests about other manifests: they are no images to give a tag to. */
  readonly referrers: readonly Descriptor[];
  /** The same, where only the index says what they are about. */
  readonly attachments: readonly Attachment[];
  /** Signatures and the like of which nothing says what they are about. */
  readonly strays: readonly Descriptor[];
  /** Content that is no manifest and no index. */
  readonly others: readonly Descriptor[];
}

/** An image in an `index.json`. */
export interface NamedRoot extends SourceImage {
  /** Its descriptor, as the index has it. */
  readonly root: Descriptor;
}

/** The full reference; containerd, nerdctl, Docker and buildkit write it. */
export const IMAGE_NAME = "io.containerd.image.name";

/**
 * A tag for some, a full reference for others.
 *
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/annotations.md
 */
export const REF_NAME = "org.opencontainers.image.ref.name";

/**
 * Sorts the descriptors of an `index.json`. Several descriptors of one digest
 * are one image with several names, full references first.
 */
export function readIndexNames(index: ImageIndex): IndexContent {
  const others = index.manifests.filter((item) => !hasSuccessors(item));
  const manifests = index.manifests.filter(hasSuccessors);
  const roots = manifests.filter((item) => entryKind(item) === "image");
  const groups = Map.groupBy(roots, ({ digest }) => digest);
  const images = [...groups.values()].flatMap((group) => {
    const [root] = group;
    return root === undefined ? [] : [{ names: namesOf(group), root }];
  });
  return {
    images,
    referrers: manifests.filter((item) => entryKind(item) === "referrer"),
    ...placeSignatures(manifests),
    others,
  };
}

/**
 * hauler gives a signature the name of its image; cosign writes it without a
 * name behind the image.
 */
function placeSignatures(
  manifests: readonly Descriptor[],
): Pick<IndexContent, "attachments" | "strays"> {
  const images = manifests.filter((item) => entryKind(item) === "image");
  const attachments: Attachment[] = [];
  const strays: Descriptor[] = [];
  let before: Digest | undefined;
  for (const root of manifests) {
    const kind = entryKind(root);
    if (kind === "image") before = root.digest;
    if (kind === "image" || kind === "referrer") continue;
    const name = plainName(root);
    const subject = name === undefined
      ? before
      : images.find((image) => plainName(image) === name)?.digest;
    if (subject === undefined) strays.push(root);
    else attachments.push({ subject, kind, root });
  }
  return { attachments, strays };
}

function plainName({ annotations = {} }: Descriptor): string | undefined {
  return annotations[IMAGE_NAME] ?? annotations[REF_NAME];
}

function namesOf(descriptors: readonly Descriptor[]): readonly string[] {
  const refNames = descriptors.flatMap(({ annotations = {} }) =>
    annotations[REF_NAME] ?? []
  );
  return [
    ...new Set([
      ...descriptors.flatMap(imageNameOf),
      ...refNames.filter(isFullReference),
      ...refNames.filter((name) => !isFullReference(name)),
    ]),
  ].filter((name) => name !== "");
}

/** Where it only spells the other name out, that one is what was meant. */
function imageNameOf({ annotations = {} }: Descriptor): readonly string[] {
  const name = annotations[IMAGE_NAME];
  if (name === undefined) return [];
  return normalizedName(annotations[REF_NAME] ?? "") === name ? [] : [name];
}

/** Such a name is used as it is, any other is a tag; containerd's rule. */
function isFullReference(name: string): boolean {
  return /[/:@]/.test(name);
}
