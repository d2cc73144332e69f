import type { Descriptor } from "../oci/descriptor.ts";
import { parseImageConfig } from "../oci/config.ts";
import { parseImageManifest } from "../oci/manifest.ts";
import { hasSuccessors } from "../oci/successors.ts";
import {
  formatPlatform,
  isRunnable,
  matchesPlatform,
  type Platform,
} from "../oci/platform.ts";
import { findCompanions, type ImageCompanions } from "./image_companions.ts";
import { IncompleteImageError } from "./incomplete_image_error.ts";
import {
  type ImageDraft,
  type ImageSource,
  isDraft,
  type SourceImage,
} from "./image_source.ts";
import {
  childrenFirst,
  isComplete,
  type ManifestNode,
  readManifestTree,
  readVerified,
} from "./manifest_tree.ts";
import { describeLeftOut, pruneIncomplete } from "./sparse_index.ts";

/** Options for {@linkcode planImage}. */
export interface PlanOptions {
  /** The one platform to copy; absent for all that the image has. */
  readonly platform?: Platform;
}

/** What a copy of one image moves, known before anything is sent. */
export interface ImagePlan extends ImageCompanions {
  /** The manifest tree to copy, or an image whose manifest is made on the way. */
  readonly root: ManifestNode | ImageDraft;
  /** What a user should know: what was left out, and what it does. */
  readonly notes: readonly string[];
}

/** Tells an image with manifests from a draft. */
export function isTree(root: ManifestNode | ImageDraft): root is ManifestNode {
  return "descriptor" in root;
}

/**
 * Works out what a copy of an image has to move.
 *
 * @throws {IncompleteImageError} when the source lacks what cannot be left out
 * @throws {PlatformNotFoundError} when the image has not the wanted platform
 * @throws {ContentMismatchError} when a manifest is not what its digest says
 * @throws {DocumentSyntaxError} when a manifest is malformed
 */
export async function planImage(
  source: ImageSource,
  image: SourceImage,
  options: PlanOptions = {},
): Promise<ImagePlan> {
  const { root } = image;
  if (isDraft(root)) return planDraft(source, root, options.platform);
  if (!hasSuccessors(root)) {
    throw new TypeError(
      `Cannot copy ${root.digest} of "${source.location}": its media type "${root.mediaType}" is neither a manifest nor an index`,
    );
  }
  const tree = await readManifestTree(source, root);
  if (options.platform !== undefined) {
    const chosen = await choosePlatform(source, tree, options.platform);
    if (!isComplete(chosen)) throw incomplete(source, chosen);
    const notes = chosen === tree ? [] : [
      `Only ${
        formatPlatform(options.platform)
      } is copied: the digest is ${chosen.descriptor.digest}, that of the whole index is ${root.digest}`,
    ];
    return {
      root: chosen,
      ...await findCompanions(source, chosen),
      notes,
    };
  }
  const pruned = pruneIncomplete(tree);
  if (pruned.root === undefined) throw incomplete(source, tree);
  const notes = pruned.root === tree ? [] : [
    `Left out, because "${source.location}" does not hold it: ${
      describeLeftOut(pruned.leftOut)
    }; so the digest is ${pruned.root.descriptor.digest} instead of ${root.digest}`,
  ];
  return {
    root: pruned.root,
    ...await findCompanions(source, pruned.root),
    notes,
  };
}

/** An image that has not the platform that was asked for. */
export class PlatformNotFoundError extends Error {
  /** Tells this class from other errors. */
  override readonly name = "PlatformNotFoundError";
  /** The platforms that it has. */
  readonly available: readonly string[];

  /** Makes the error of what its fields say. */
  constructor(
    location: string,
    wanted: Platform,
    available: readonly string[],
  ) {
    const has = available.length === 0 ? "none is named" : available.join(", ");
    super(
      `Cannot copy ${
        formatPlatform(wanted)
      } of "${location}": the image is for ${has}`,
    );
    this.available = available;
  }
}

function planDraft(
  source: ImageSource,
  draft: ImageDraft,
  wanted: Platform | undefined,
): ImagePlan {
  if (wanted !== undefined && !matchesPlatform(draft.platform, wanted)) {
    throw new PlatformNotFoundError(source.location, wanted, [
      formatPlatform(draft.platform),
    ]);
  }
  return { root: draft, referrers: [], attachments: [], notes: [] };
}

/** Finds the first manifest for a platform, as the image specification says. */
async function choosePlatform(
  source: ImageSource,
  tree: ManifestNode,
  wanted: Platform,
): Promise<ManifestNode> {
  const available: string[] = [];
  for (const node of childrenFirst(tree)) {
    if (node.manifests.length > 0) continue;
    const platform = await platformOf(source, node);
    if (platform === undefined || !isRunnable(platform)) continue;
    if (matchesPlatform(platform, wanted)) return node;
    available.push(formatPlatform(platform));
  }
  throw new PlatformNotFoundError(source.location, wanted, available);
}

/** The platform stands on the descriptor or, where that is silent, in the config. */
async function platformOf(
  source: ImageSource,
  node: ManifestNode,
): Promise<Platform | undefined> {
  if (node.descriptor.platform !== undefined) return node.descriptor.platform;
  const [config] = node.blobs;
  if (config === undefined || node.manifests.length > 0) return undefined;
  const document = `the manifest ${node.descriptor.digest}`;
  const manifest = parseImageManifest(node.bytes, document);
  if (!manifest.config.mediaType.includes("image")) return undefined;
  if (!await source.has(manifest.config)) return undefined;
  const what = `the config ${config.digest}`;
  const bytes = await readVerified(source, manifest.config, what);
  return parseImageConfig(bytes, what).platform;
}

function incomplete(
  source: ImageSource,
  tree: ManifestNode,
): IncompleteImageError {
  const missing = childrenFirst(tree).flatMap((node) => node.missing);
  const list = missing.map((item: Descriptor) =>
    `${item.digest} (${item.size} bytes, ${item.mediaType})`
  );
  return new IncompleteImageError(
    `Cannot copy ${tree.descriptor.digest} of "${source.location}": ${missing.length} of its blobs are not there: ${
      list.join(", ")
    }`,
    missing,
    "Write the source again with everything in it, or choose a platform that is complete with --platform",
  );
}
