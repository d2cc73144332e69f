import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import { signatureTag } from "../oci/signature_tag.ts";
import type { ImageSource } from "./image_source.ts";
import {
  childrenFirst,
  isComplete,
  type ManifestNode,
  readManifestTree,
} from "./manifest_tree.ts";

/** What travels with an image under a tag of its own. */
export interface PlannedAttachment {
  /** The tag, made of the digest that it is about. */
  readonly tag: string;
  /** What it leads to. */
  readonly tree: ManifestNode;
}

/** What is about an image and travels with it. */
export interface ImageCompanions {
  /** Manifests that name their subject, each with its own tree. */
  readonly referrers: readonly ManifestNode[];
  /** Manifests that are found by their tag. */
  readonly attachments: readonly PlannedAttachment[];
}

/** Digests that a message shows. */
const MAX_SHOWN = 3;

/** Finds what a source holds about an image, and about that. */
export async function findCompanions(
  source: ImageSource,
  root: ManifestNode,
): Promise<ImageCompanions> {
  const referrers = await findReferrers(source, root);
  const reached = new Set(
    [root, ...referrers].flatMap(childrenFirst)
      .map(({ descriptor }) => descriptor.digest),
  );
  const attachments: PlannedAttachment[] = [];
  for (const attachment of await source.attachments?.() ?? []) {
    if (!reached.has(attachment.subject)) continue;
    const tree = await treeOf(source, attachment.root);
    if (!isComplete(tree)) continue;
    attachments.push({ tag: signatureTag(attachment), tree });
  }
  return { referrers, attachments };
}

/**
 * Says which manifests about images do not travel; `undefined` when each is
 * among those that are `taken`.
 */
export async function describeLeftBehind(
  source: ImageSource,
  taken: readonly ImageCompanions[],
): Promise<string | undefined> {
  const going = new Set<Digest>(
    taken.flatMap(({ referrers, attachments }) => [
      ...referrers,
      ...attachments.map(({ tree }) => tree),
    ]).map(({ descriptor }) => descriptor.digest),
  );
  const all: readonly Descriptor[] = [
    ...await source.referrers?.() ?? [],
    ...(await source.attachments?.() ?? []).map(({ root }) => root),
  ];
  const left = [...new Set(all.map(({ digest }) => digest))]
    .filter((digest) => !going.has(digest));
  if (left.length === 0) return undefined;
  const more = left.length > MAX_SHOWN
    ? ` and ${left.length - MAX_SHOWN} more`
    : "";
  const shown = left.slice(0, MAX_SHOWN).join(", ");
  return `Signatures or other manifests about images stay behind, because what they are about does not go, or they are not whole: ${shown}${more}`;
}

/** What was read of each source: its images ask for the same manifests. */
const trees = new WeakMap<ImageSource, Map<Digest, Promise<ManifestNode>>>();

function treeOf(
  source: ImageSource,
  descriptor: Descriptor,
): Promise<ManifestNode> {
  const known = trees.get(source) ?? new Map<Digest, Promise<ManifestNode>>();
  trees.set(source, known);
  const tree = known.get(descriptor.digest) ??
    readManifestTree(source, descriptor);
  known.set(descriptor.digest, tree);
  return tree;
}

async function findReferrers(
  source: ImageSource,
  root: ManifestNode,
): Promise<readonly ManifestNode[]> {
  const candidates: ManifestNode[] = [];
  for (const descriptor of await source.referrers?.() ?? []) {
    const node = await treeOf(source, descriptor);
    if (isComplete(node)) candidates.push(node);
  }
  const reached = new Set<string>(
    childrenFirst(root).map(({ descriptor }) => descriptor.digest),
  );
  const found = new Set<ManifestNode>();
  for (let size = -1; size !== found.size;) {
    size = found.size;
    for (const node of candidates) {
      if (!reached.has(node.subject?.digest ?? "")) continue;
      found.add(node);
      reached.add(node.descriptor.digest);
    }
  }
  return [...found];
}
