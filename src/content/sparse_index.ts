import type { Descriptor } from "../oci/descriptor.ts";
import { type Digest, digestOf } from "../oci/digest.ts";
import { JsonObject, parseJsonDocument } from "../oci/json_document.ts";
import { isIndexType } from "../oci/media_type.ts";
import { formatPlatform, isRunnable } from "../oci/platform.ts";
import { isComplete, type ManifestNode } from "./manifest_tree.ts";

/** What is left of an image after everything incomplete was taken out. */
export interface PrunedTree {
  /** The image to push; absent when nothing of it is complete. */
  readonly root?: ManifestNode;
  /** The manifests that were left out. */
  readonly leftOut: readonly Descriptor[];
}

/** Annotation of an attestation: the manifest that it is about. */
const ATTESTED_DIGEST = "vnd.docker.reference.digest";

/**
 * Takes out of an index what the source does not hold, as Docker's export
 * leaves out the platforms that were never pulled. Where one platform remains,
 * its manifest becomes the root, byte for byte; where several remain, the index
 * is written again without the others. Either way the root's digest changes.
 */
export function pruneIncomplete(root: ManifestNode): PrunedTree {
  const leftOut: Descriptor[] = [];
  if (isComplete(root)) return { root, leftOut };
  const pruned = prune(root, { leftOut, done: new Map() });
  if (pruned === undefined) return { leftOut };
  return { root: onlyPlatform(pruned) ?? pruned, leftOut };
}

/** Writes what was left out, for messages. */
export function describeLeftOut(leftOut: readonly Descriptor[]): string {
  return leftOut.map(({ platform, digest }) =>
    platform !== undefined && isRunnable(platform)
      ? formatPlatform(platform)
      : digest
  ).join(", ");
}

/** A manifest that stays, perhaps written again, and the digest it had. */
interface KeptChild {
  readonly before: string;
  readonly node: ManifestNode;
}

/** What is known while an index is pruned. */
interface Pruning {
  readonly leftOut: Descriptor[];
  /** What became of manifests, which may be listed several times. */
  readonly done: Map<Digest, ManifestNode | undefined>;
}

function prune(node: ManifestNode, pruning: Pruning): ManifestNode | undefined {
  const { done } = pruning;
  const { digest } = node.descriptor;
  if (!done.has(digest)) done.set(digest, pruneOnce(node, pruning));
  const pruned = done.get(digest);
  return pruned && {
    ...pruned,
    descriptor: { ...node.descriptor, ...contentOf(pruned) },
  };
}

function contentOf({ descriptor: { digest, size } }: ManifestNode) {
  return { digest, size };
}

function pruneOnce(
  node: ManifestNode,
  pruning: Pruning,
): ManifestNode | undefined {
  if (isComplete(node)) return node;
  const { leftOut } = pruning;
  if (!isIndexType(node.descriptor.mediaType)) {
    leftOut.push(node.descriptor);
    return undefined;
  }
  leftOut.push(...node.missing);
  const complete = node.manifests.flatMap((child): KeptChild[] => {
    const kept = prune(child, pruning);
    if (kept === undefined) return [];
    return [{ before: child.descriptor.digest, node: kept }];
  });
  const gone = new Set<string>(leftOut.map(({ digest }) => digest));
  const kept = complete.filter(({ node: { descriptor } }) => {
    const about = descriptor.annotations?.[ATTESTED_DIGEST];
    if (about === undefined || !gone.has(about)) return true;
    leftOut.push(descriptor);
    return false;
  });
  if (!kept.some(({ node }) => isPlatform(node))) return undefined;
  return rewriteIndex(node, kept);
}

/** The manifest of the one platform that is left, if there is just one. */
function onlyPlatform(node: ManifestNode): ManifestNode | undefined {
  if (!isIndexType(node.descriptor.mediaType)) return node;
  const [first, ...more] = node.manifests.filter(isPlatform);
  if (first === undefined || more.length > 0) return undefined;
  return onlyPlatform(first);
}

function isPlatform({ descriptor }: ManifestNode): boolean {
  if (descriptor.annotations?.[ATTESTED_DIGEST] !== undefined) return false;
  return descriptor.platform === undefined || isRunnable(descriptor.platform);
}

/** Writes an index again with what is left; all other fields stay. */
function rewriteIndex(
  node: ManifestNode,
  kept: readonly KeptChild[],
): ManifestNode {
  const document = `the index ${node.descriptor.digest}`;
  const index = JsonObject.from(
    parseJsonDocument(node.bytes, document),
    document,
  );
  const manifests = index.objects("manifests").flatMap((entry) => {
    const child = kept.find(({ before }) => before === entry.string("digest"));
    if (child === undefined) return [];
    return [{ ...entry.fields(), ...contentOf(child.node) }];
  });
  const bytes = new TextEncoder().encode(
    JSON.stringify({ ...index.fields(), manifests }),
  );
  return {
    descriptor: {
      ...node.descriptor,
      digest: digestOf(bytes),
      size: bytes.length,
    },
    bytes,
    manifests: kept.map((child) => child.node),
    blobs: [],
    missing: [],
    ...node.subject && { subject: node.subject },
  };
}
