import type { SourceImage } from "../content/image_source.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import type { ImageIndex } from "../oci/image_index.ts";
import { hasSuccessors } from "../oci/successors.ts";
import { normalizedName } from "./normalized_name.ts";

/** What the descriptors of an `index.json` stand for. */
export interface IndexContent {
  /** Images, with their names, each once. */
  readonly images: readonly NamedRoot[];
  /** Manifests about other manifests: they are no images to give a tag to. */
  readonly referrers: readonly Descriptor[];
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

/** Docker marks with it the referrers that it appends to `index.json`. */
export const REFERRER_SUBJECT = "io.containerd.manifest.subject";

/** `cosign save` says with it what a descriptor is; it writes no names. */
const COSIGN_KIND = "kind";

/** The kinds of `cosign save` that are about an image. */
const COSIGN_REFERRERS: ReadonlySet<string> = new Set([
  "dev.cosignproject.cosign/sigs",
  "dev.cosignproject.cosign/atts",
]);

/**
 * Sorts the descriptors of an `index.json`. Several descriptors of one digest
 * are one image with several names, full references first.
 */
export function readIndexNames(index: ImageIndex): IndexContent {
  const others = index.manifests.filter((item) => !hasSuccessors(item));
  const manifests = index.manifests.filter(hasSuccessors);
  const referrers = manifests.filter(isMarkedReferrer);
  const groups = new Map<Digest, Descriptor[]>();
  for (const descriptor of manifests) {
    if (isMarkedReferrer(descriptor)) continue;
    const group = groups.get(descriptor.digest) ?? [];
    groups.set(descriptor.digest, [...group, descriptor]);
  }
  const images = [...groups.values()].flatMap((group) => {
    const [root] = group;
    return root === undefined ? [] : [{ names: namesOf(group), root }];
  });
  return { images, referrers, others };
}

/** Tells whether the index itself says that a descriptor is about another. */
function isMarkedReferrer({ annotations = {} }: Descriptor): boolean {
  return annotations[REFERRER_SUBJECT] !== undefined ||
    COSIGN_REFERRERS.has(annotations[COSIGN_KIND] ?? "");
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
