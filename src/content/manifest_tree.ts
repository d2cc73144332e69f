import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import { isIndexType, isManifestType, MediaType } from "../oci/media_type.ts";
import { successors } from "../oci/successors.ts";
import type { ImageSource } from "./image_source.ts";
import { verifyBytes } from "./verify.ts";

/** A manifest or an index with all that it points to. */
export interface ManifestNode {
  /** What the parent, or the name, says of it. */
  readonly descriptor: Descriptor;
  /** Its bytes, verified. */
  readonly bytes: Uint8Array;
  /** Manifests and indexes that it lists and the source holds. */
  readonly manifests: readonly ManifestNode[];
  /** Config and layers that it lists, in order. */
  readonly blobs: readonly Descriptor[];
  /** Manifests and blobs that it lists and the source does not hold. */
  readonly missing: readonly Descriptor[];
  /** The manifest that it is about, where it is a referrer. */
  readonly subject?: Descriptor;
}

/**
 * Largest manifest that is read, in bytes. The specification asks registries
 * for at least 4 MB, and those in use take no more than 4 MiB.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-manifests
 */
const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;

/** Indexes may nest without end; two levels are in use. */
const MAX_DEPTH = 8;

/**
 * Reads a manifest and everything below it, verified by digest. What the
 * source does not hold is listed, not refused.
 *
 * @throws {ContentMismatchError} when bytes are not what a descriptor says
 * @throws {DocumentSyntaxError} when a manifest is malformed
 * @throws {RangeError} when a manifest is too large or nests too deeply
 */
export async function readManifestTree(
  source: ImageSource,
  root: Descriptor,
): Promise<ManifestNode> {
  return await readNode(source, root, new Map(), 0);
}

/**
 * Lists a node and all manifests below it, children first. What is below a
 * manifest that is listed several times comes once: indexes of indexes that
 * list one another ten times would have a million million manifests.
 */
export function childrenFirst(node: ManifestNode): readonly ManifestNode[] {
  const nodes: ManifestNode[] = [];
  const seen = new Set<Digest>();
  const visit = (next: ManifestNode) => {
    if (!seen.has(next.descriptor.digest)) {
      seen.add(next.descriptor.digest);
      next.manifests.forEach(visit);
    }
    nodes.push(next);
  };
  visit(node);
  return nodes;
}

/** Tells whether the source holds everything below a node. */
export function isComplete(node: ManifestNode): boolean {
  return childrenFirst(node).every(({ missing }) => missing.length === 0);
}

/** Tells a manifest of one image or artifact from an index. */
export function manifestKind(
  { mediaType }: Descriptor,
): "manifest" | "index" {
  return isIndexType(mediaType) ? "index" : "manifest";
}

/**
 * Tells what a blob of a manifest is by its place: manifests list the config
 * first, then the layers.
 */
export function blobKind(
  node: ManifestNode,
  index: number,
): "config" | "layer" | "blob" {
  if (!isManifestType(node.descriptor.mediaType)) return "blob";
  if (index > 0) return "layer";
  return node.blobs[0]?.mediaType === MediaType.OCI_EMPTY ? "blob" : "config";
}

/** Reads a small blob whole and verifies it. */
export async function readVerified(
  source: Pick<ImageSource, "location" | "open">,
  descriptor: Descriptor,
  what: string,
): Promise<Uint8Array> {
  if (descriptor.size > MAX_MANIFEST_BYTES) {
    throw new RangeError(
      `Cannot read ${what} in "${source.location}": it has ${descriptor.size} bytes, at most ${MAX_MANIFEST_BYTES} are read`,
    );
  }
  const stream = await source.open(descriptor);
  const bytes = await readAtMost(stream, descriptor.size + 1);
  verifyBytes(bytes, descriptor, `${what} of "${source.location}"`);
  return bytes;
}

async function readNode(
  source: ImageSource,
  descriptor: Descriptor,
  seen: Map<string, ManifestNode>,
  depth: number,
): Promise<ManifestNode> {
  const known = seen.get(descriptor.digest);
  if (known !== undefined) return { ...known, descriptor };
  if (depth > MAX_DEPTH) {
    throw new RangeError(
      `Cannot read the index ${descriptor.digest} in "${source.location}": indexes nest more than ${MAX_DEPTH} levels deep`,
    );
  }
  const what = `the manifest ${descriptor.digest}`;
  const bytes = await readVerified(source, descriptor, what);
  const below = successors(descriptor, bytes);
  const missing: Descriptor[] = [];
  const manifests: ManifestNode[] = [];
  for (const child of await present(source, below.manifests, missing)) {
    manifests.push(await readNode(source, child, seen, depth + 1));
  }
  await present(source, below.blobs, missing);
  const { blobs, subject } = below;
  const node = {
    descriptor,
    bytes,
    manifests,
    blobs,
    missing,
    ...subject && { subject },
  };
  seen.set(descriptor.digest, node);
  return node;
}

/** Sorts out what the source does not hold. */
async function present(
  source: ImageSource,
  descriptors: readonly Descriptor[],
  missing: Descriptor[],
): Promise<readonly Descriptor[]> {
  const found: Descriptor[] = [];
  for (const descriptor of descriptors) {
    (await source.has(descriptor) ? found : missing).push(descriptor);
  }
  return found;
}

async function readAtMost(
  stream: ReadableStream<Uint8Array>,
  maxBytes: number,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(maxBytes);
  let length = 0;
  for await (const chunk of stream) {
    const part = chunk.subarray(0, maxBytes - length);
    bytes.set(part, length);
    length += part.length;
    // Leaving the loop cancels the stream.
    if (length === maxBytes) break;
  }
  return bytes.subarray(0, length);
}
