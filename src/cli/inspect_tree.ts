import { verifyBytes } from "../content/verify.ts";
import type { WorkLimit } from "../content/work_limit.ts";
import { readBody } from "../http/body.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { parseImageIndex } from "../oci/image_index.ts";
import { parseImageManifest } from "../oci/manifest.ts";
import { isIndexType, isManifestType } from "../oci/media_type.ts";
import { hasSuccessors } from "../oci/successors.ts";
import type { Manifest } from "../registry/manifests.ts";
import type { ManifestStore } from "./image_name.ts";

/** A manifest or an index in a registry, with the manifests below it. */
export interface InspectedNode {
  /** What the parent, or the registry, says of it. */
  readonly descriptor: Descriptor;
  /** Its bytes. */
  readonly bytes: Uint8Array;
  /** The manifests of an index that the registry has, in order. */
  readonly manifests: readonly InspectedNode[];
  /** The manifests of an index that the registry does not have. */
  readonly missing: readonly Descriptor[];
  /** The config of an image or artifact. */
  readonly config?: Descriptor;
  /** The layers of an image or artifact, lowest first; blobs of an index. */
  readonly layers: readonly Descriptor[];
  /** What it says it is, where it is an artifact. */
  readonly artifactType?: string;
  /** Its annotations. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** The manifest that it is about. */
  readonly subject?: Descriptor;
}

/** A repository whose content can be looked at. */
export interface ReadableRepository extends ManifestStore {
  /** Opens a blob. */
  open(
    descriptor: Descriptor,
    options: { readonly signal: AbortSignal },
  ): Promise<ReadableStream<Uint8Array>>;
}

/** Options for {@linkcode readTree}. */
export interface ReadTreeOptions {
  /** How many requests run at once. */
  readonly limit: WorkLimit;
  /** Ends the requests. */
  readonly signal: AbortSignal;
}

/** Indexes may nest without end; two levels are in use. */
const MAX_DEPTH = 8;

/** Configs have some kilobytes. */
const MAX_CONFIG_BYTES = 4 * 1024 * 1024;

/**
 * Reads the manifests below a manifest; the registry need not have all of them.
 *
 * @throws {DocumentSyntaxError} when one is malformed
 * @throws {RangeError} when indexes nest too deeply
 */
export function readTree(
  repository: ReadableRepository,
  root: Manifest,
  options: ReadTreeOptions,
): Promise<InspectedNode> {
  return readNode(root, { ...options, repository, depth: 0 });
}

/** Lists a node and all nodes below it, from the top down. */
export function nodesOf(node: InspectedNode): readonly InspectedNode[] {
  return [node, ...node.manifests.flatMap(nodesOf)];
}

/** Bytes of everything that a tree is made of, each content counted once. */
export function treeSize(root: InspectedNode): number {
  const sizes = new Map<string, number>();
  for (const { descriptor, config, layers } of nodesOf(root)) {
    for (const part of [descriptor, ...config ? [config] : [], ...layers]) {
      sizes.set(part.digest, part.size);
    }
  }
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}

/**
 * Reads a small blob whole and verifies it.
 *
 * @param signal ends the reading
 * @throws {ContentMismatchError} when it is not what the descriptor says
 * @throws {RangeError} when it is too large
 */
export async function readSmallBlob(
  repository: ReadableRepository,
  descriptor: Descriptor,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const what = `the config "${descriptor.digest}" of "${repository.location}"`;
  if (descriptor.size > MAX_CONFIG_BYTES) {
    throw new RangeError(
      `Cannot read ${what}: it has ${descriptor.size} bytes, at most ${MAX_CONFIG_BYTES} are read`,
    );
  }
  const body = await repository.open(descriptor, { signal });
  const bytes = await readBody(new Response(body), MAX_CONFIG_BYTES);
  verifyBytes(bytes, descriptor, what);
  return bytes;
}

interface NodeOptions extends ReadTreeOptions {
  readonly repository: ReadableRepository;
  readonly depth: number;
}

async function readNode(
  { descriptor, bytes }: Manifest,
  options: NodeOptions,
): Promise<InspectedNode> {
  const document = `the manifest "${descriptor.digest}"`;
  const leaf = { descriptor, bytes, manifests: [], missing: [], layers: [] };
  if (isManifestType(descriptor.mediaType)) {
    const { config, layers, ...rest } = parseImageManifest(bytes, document);
    return { ...leaf, config, layers, ...factsOf(rest) };
  }
  if (!isIndexType(descriptor.mediaType)) return leaf;
  if (options.depth > MAX_DEPTH) {
    throw new RangeError(
      `Cannot read ${document}: indexes nest more than ${MAX_DEPTH} levels deep`,
    );
  }
  const index = parseImageIndex(bytes, document);
  const listed = index.manifests.filter(hasSuccessors);
  const children = await Promise.all(
    listed.map((child) => readChild(child, options)),
  );
  return {
    ...leaf,
    manifests: children.filter((child) => child !== undefined),
    missing: listed.filter((_, at) => children[at] === undefined),
    layers: index.manifests.filter((child) => !hasSuccessors(child)),
    ...factsOf(index),
  };
}

async function readChild(
  descriptor: Descriptor,
  options: NodeOptions,
): Promise<InspectedNode | undefined> {
  const { repository, limit, signal, depth } = options;
  const manifest = await limit.run(() =>
    repository.fetchManifest(descriptor.digest, signal)
  );
  if (manifest === undefined) return undefined;
  const { bytes } = manifest;
  return await readNode({ descriptor, bytes }, {
    ...options,
    depth: depth + 1,
  });
}

type Facts = Pick<InspectedNode, "annotations" | "artifactType" | "subject">;

function factsOf({ annotations, artifactType, subject }: Facts): Facts {
  return {
    ...annotations && { annotations },
    ...artifactType !== undefined && { artifactType },
    ...subject && { subject },
  };
}
